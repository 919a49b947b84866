// A user's page: served by browser.test.ts.
/** Makes a mender from an entry of agentmend and reads a trace with it. */
export async function check(entry, trace) {
  const { createMender } = await import(`/dist/${entry}.js`);
  try {
    const mender = await createMender(entry === "init" ? { wasm: fetch("/dist/agentmend.wasm") } : {});
    const report = mender.detect(trace);
    return { backend: mender.backend, found: report.detections.map(({ detector }) => detector) };
  } catch (error) {
    return { code: error.code ?? String(error) };
  }
}
