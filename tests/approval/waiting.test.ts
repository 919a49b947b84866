// Waiting for a decision: long polls, the stream, several cards at once.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { ask, escalation, startEndpoint, type Answer, type Endpoint } from "./endpoint.js";

let endpoint: Endpoint;
let run = 0;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.serving.stop());
beforeEach(() => {
  run += 1;
});

const card = (change: Parameters<typeof escalation>[1] = () => undefined, kind: "governance" | "fix" = "governance") =>
  escalation(kind, (request) => {
    request.binding.run_id = `run-${run}`;
    change(request);
  });
const decide = (id: string, body: object): Promise<Answer> => endpoint.call("POST", `/escalations/${id}/decision`, endpoint.person, body);
const read = (id: string, query = ""): Promise<Answer> => endpoint.call("GET", `/escalations/${id}${query}`, endpoint.agent);

describe("waiting", () => {
  test("a long poll answers as soon as somebody decides", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    const waiting = read(body["id"], "?wait=55&since_rev=1");

    await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash });

    expect((await waiting).body).toMatchObject({ status: "approved", rev: 2, decision: { decision: "approved" } });
  });

  test("a revision that is not the last one is answered at once, and a known one with 304", async () => {
    const { body } = await ask(endpoint, card());

    const first = await read(body["id"], "?wait=55&since_rev=0");

    expect(first.body["rev"]).toBe(1);
    const again = await fetch(`${endpoint.url}/api/v1/escalations/${body["id"]}`, { headers: { Authorization: `Bearer ${endpoint.agent}`, "If-None-Match": first.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  test("a stop lets waiting clients go with the present state", async () => {
    const own = await startEndpoint();
    const { body } = await ask(own);
    const waiting = own.call("GET", `/escalations/${body["id"]}?wait=55&since_rev=1`, own.agent);
    await own.call("GET", "/me", own.agent);

    await own.serving.stop();

    expect((await waiting).body).toMatchObject({ status: "pending", rev: 1 });
  });

  test("at most twenty open waits for one key", async () => {
    const { body } = await ask(endpoint, card());
    const stop = new AbortController();
    const url = `${endpoint.url}/api/v1/escalations/${body["id"]}?wait=55&since_rev=1`;
    const headers = { Authorization: `Bearer ${endpoint.agent}` };
    let refused = 0;
    const open = Array.from({ length: 30 }, async () => {
      const answer = await fetch(url, { headers, signal: stop.signal }).catch(() => null);
      if (answer?.status === 429 && ++refused === 10) stop.abort();
      return answer?.status ?? 0;
    });

    expect((await Promise.all(open)).sort()).toEqual([...Array<number>(20).fill(0), ...Array<number>(10).fill(429)]);
  });

  test.each(["wait=56", "wait=-1", "wait=x", "since_rev=1.5"])("refuses ?%s", async (query) => {
    const { body } = await ask(endpoint, card());

    expect((await read(body["id"], `?${query}`)).body).toMatchObject({ status: 422, code: "invalid_input" });
  });
});

describe("a stream", () => {
  /** Reads events until the stream ends, or `most` were read. */
  async function stream(id: string, headers: Record<string, string> = {}, most = 99): Promise<{ next(): Promise<{ id: string; event: string; data: Record<string, any> } | null>; stop(): void }> {
    const stop = new AbortController();
    const answer = await fetch(`${endpoint.url}/api/v1/escalations/${id}/events`, { headers: { Authorization: `Bearer ${endpoint.agent}`, ...headers }, signal: stop.signal });
    expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = "";
    let read = 0;
    return {
      stop: () => stop.abort(),
      async next() {
        while (!text.includes("\n\n") && read < most) {
          const part = await reader.read();
          if (part.done) return null;
          text += decoder.decode(part.value, { stream: true });
        }
        read += 1;
        const [block = ""] = text.split("\n\n");
        text = text.slice(block.length + 2);
        const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
        return { id: field("id"), event: field("event"), data: JSON.parse(field("data") || "{}") as Record<string, any> };
      },
    };
  }

  test("tells the state, then each change, and ends with the decision", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    const events = await stream(body["id"]);
    expect(await events.next()).toMatchObject({ event: "state", id: "1", data: { status: "pending" } });

    await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash });

    expect(await events.next()).toMatchObject({ event: "state", id: "2", data: { status: "approved", decision: { decision: "approved" } } });
    expect(await events.next()).toBeNull();
  });

  test("goes on where it was left", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    const events = await stream(body["id"], { "Last-Event-ID": "1" });
    await decide(body["id"], { decision: "rejected", binding_hash: request.binding_hash });

    expect(await events.next()).toMatchObject({ id: "2", data: { status: "rejected" } });
    events.stop();
  });
});

describe("several at once", () => {
  test("are rejected together; what is decided already is said", async () => {
    const requests = [0, 1, 2].map((at) => card((made) => (made.binding.run_id = `batch-${run}-${at}`), "fix"));
    const ids = [];
    for (const request of requests) ids.push((await ask(endpoint, request)).body["id"] as string);
    await decide(ids[0] ?? "", { decision: "approved", binding_hash: requests[0]?.binding_hash });

    const answer = await endpoint.call("POST", "/escalations/batch-decision", endpoint.person, { ids: [...ids, "esc_none"], decision: "rejected", note: "duplicate" });

    expect(answer.status).toBe(207);
    expect(answer.body["results"]).toMatchObject([{ error: { code: "already_decided" } }, { status: "rejected" }, { status: "rejected" }, { error: { code: "not_found" } }]);
  });

  test("are approved together when they are for the same, governance never", async () => {
    const same = [0, 1].map((at) => card((made) => (made.binding.run_id = `same-${run}-${at}`), "fix"));
    const other = card((made) => ((made.binding.run_id = `same-${run}-2`), ((made.binding.fix as { parameters: unknown }).parameters = { level: "strong" })), "fix");
    const governance = card((made) => (made.binding.run_id = `same-${run}-3`));
    const ids = [];
    for (const request of [...same, other, governance]) ids.push((await ask(endpoint, request)).body["id"] as string);

    const answer = await endpoint.call("POST", "/escalations/batch-decision", endpoint.person, { ids, decision: "approved" });

    expect(answer.body["results"]).toMatchObject([{ status: "approved" }, { status: "approved" }, { error: { code: "invalid_input" } }, { error: { code: "invalid_input" } }]);
    expect((await read(ids[3] ?? "")).body["status"]).toBe("pending");
  });

  test("a claim says who looks, and blocks nobody", async () => {
    const request = card();
    const { body } = await ask(endpoint, request);
    const eve = await endpoint.call("POST", "/keys", endpoint.person, { name: "eve", scopes: ["approve"], principal: "user:eve@acme.example" });

    expect((await endpoint.call("POST", `/escalations/${body["id"]}/claim`, eve.body["secret"], {})).body).toEqual({ claimed_by: "user:eve@acme.example", until_ms: endpoint.clock.now + 900_000 });

    expect((await read(body["id"])).body).toMatchObject({ rev: 1, claimed_by: "user:eve@acme.example" });
    expect((await decide(body["id"], { decision: "approved", binding_hash: request.binding_hash })).status).toBe(200);
  });
});
