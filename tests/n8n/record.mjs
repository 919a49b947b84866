// Turns the engine's IRun into the execution record that n8n's public API returns, without what differs between machines.
import { engineFolder } from "./engine.mjs";

// Frames of the engine and of Node keep a path relative to the installation; frames of the runner itself go.
function portableStack(stack) {
  return stack
    .replaceAll(`${engineFolder()}/`, "")
    .split("\n")
    .filter((line, index) => index === 0 || !/^\s+at /.test(line) || /node_modules\/|\(?node:/.test(line))
    .join("\n");
}

function portable(value, key) {
  if (typeof value === "string") return key === "stack" ? portableStack(value) : value;
  if (Array.isArray(value)) return value.map((entry) => portable(entry));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, portable(entry, name)]));
}

/** @param run the engine's IRun, already free of the loopback origin */
export function toRecord(run, workflow, executionId) {
  const { version, startData, resultData } = portable(JSON.parse(JSON.stringify(run.data)));
  return {
    id: executionId,
    finished: run.status === "success",
    mode: run.mode,
    status: run.status,
    startedAt: run.startedAt,
    stoppedAt: run.stoppedAt,
    waitTill: null,
    workflowId: workflow.id,
    workflowData: workflow,
    data: { version, startData, resultData },
  };
}

const timeFields = new Set(["startedAt", "stoppedAt", "startTime", "executionTime", "timestamp", "establishedAt"]);

/** The record with every time set to null: what must be equal when the recording is made again. */
export function withoutTimes(record) {
  return JSON.parse(JSON.stringify(record), (key, value) => (timeFields.has(key) ? null : value));
}

/** What a reader wants to know first: how it ended, and which items arrived where it ends or where an error output leads. */
export function summary({ status, workflowData, data: { resultData } }) {
  const { nodes, connections } = workflowData;
  const shown = new Set(nodes.filter(({ name }) => !(connections[name]?.main ?? []).some((output) => output?.length)).map(({ name }) => name));
  for (const { name, onError } of nodes) {
    if (onError === "continueErrorOutput") for (const { node } of connections[name]?.main?.at(-1) ?? []) shown.add(node);
  }
  const runs = (name) => resultData.runData[name] ?? [];
  const items = (name) => runs(name).flatMap((run) => (run.data?.main ?? []).flat().map((item) => item.json));
  return {
    status,
    lastNodeExecuted: resultData.lastNodeExecuted,
    ...(resultData.error && { error: resultData.error.message }),
    runs: Object.fromEntries(nodes.map(({ name }) => [name, runs(name).length])),
    items: Object.fromEntries([...shown].map((name) => [name, items(name)])),
  };
}
