// The loopback service a workflow talks to in a test: answers from a table, on a free port of 127.0.0.1 only.
// A workflow names the service by an origin of the reserved .example domain; `at` swaps it for the loopback one.
import { createServer } from "node:http";

/**
 * @param {{origin: string, routes: Record<string, {status?: number, body?: unknown, reset?: boolean}>}} table
 */
export async function startService({ origin, routes }) {
  const server = createServer((request, response) => {
    const route = routes[new URL(request.url, "http://loopback").pathname];
    if (route?.reset) return request.socket.destroy();
    // Close each connection, so that nothing keeps the process alive after the run.
    response.writeHead(route?.status ?? 404, { "content-type": "application/json", connection: "close" });
    response.end(JSON.stringify(route?.body ?? { code: "no_such_route" }));
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${server.address().port}`;
  const publicHost = new URL(origin).host;
  const swap = (value, from, to) => JSON.parse(JSON.stringify(value).replaceAll(from, to));
  return {
    /** The document with the public origin replaced by the loopback one. */
    at: (document) => swap(document, origin, `http://${host}`),
    /** The reverse, also where only host and port are named (socket errors do). */
    from: (document) => swap(swap(document, `http://${host}`, origin), host, publicHost),
    stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}
