// Sessions of the fixture (tests/mcp/fixture) in workerd: what outlives a killed process, and what does not outlive its session.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort, startWorker, type WorkerProcess } from "../harness/index.ts";
import { inRoot } from "../harness/paths.ts";

let worker: WorkerProcess;
before(async () => {
  const port = await freePort();
  worker = await startWorker({ directory: inRoot("tests/mcp/fixture"), port, vars: { HOST: `localhost:${port}` } });
});
after(() => worker?.stop());

type Json = Record<string, unknown>;

async function send(method: string, headers: Record<string, string>, message?: Json): Promise<Response> {
  const body = message ? { body: JSON.stringify({ jsonrpc: "2.0", ...message }) } : {};
  const accept = method === "GET" ? "text/event-stream" : "application/json, text/event-stream";
  const all = { accept, "content-type": "application/json", "mcp-protocol-version": "2025-11-25", ...headers };
  return await fetch(`${worker.url}/mcp`, { method, headers: all, ...body });
}

/** Begins a session of a client that asks its user; gives its header. */
async function begin(): Promise<{ "mcp-session-id": string }> {
  const params = { protocolVersion: "2025-11-25", capabilities: { elicitation: {} }, clientInfo: { name: "test", version: "1" } };
  const answer = await send("POST", {}, { id: 0, method: "initialize", params });
  assert.equal(answer.status, 200, await answer.clone().text());
  const id = answer.headers.get("mcp-session-id");
  assert.match(String(id), /^[\w-]{22}$/);
  return { "mcp-session-id": String(id) };
}

interface Event {
  id: string;
  message: Json | undefined;
}

/** Reads events until there are enough; leaves the rest. */
async function events(answer: Response, enough: (event: Event) => boolean): Promise<Event[]> {
  if (answer.headers.get("content-type") !== "text/event-stream") assert.fail(`no stream: ${await answer.text()}`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const found: Event[] = [];
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ?? "")).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(part)?.[1];
      const data = field("data");
      found.push({ id: field("id") ?? "", message: data ? (JSON.parse(data) as Json) : undefined });
    }
    const last = found.at(-1);
    if (done || (last && enough(last))) {
      await reader.cancel();
      return found;
    }
  }
}

const call = (id: number, name: string, args: Json = {}): Json => ({ id, method: "tools/call", params: { name, arguments: args } });

test("MC-17: a question to the client outlives a killed process; the answer goes on with the call", async () => {
  const session = await begin();
  const asked = await events(await send("POST", session, call(1, "test_elicitation", { message: "Who?" })), ({ message }) => message !== undefined);
  const question = asked.at(-1)!;
  assert.equal(question.message?.method, "elicitation/create");
  await worker.restart();
  const answer = { id: question.message?.id, result: { action: "accept", content: { response: "Eva" } } };
  assert.equal((await send("POST", session, answer)).status, 202);
  const rest = await events(await send("GET", { ...session, "last-event-id": question.id }), ({ message }) => message?.id === 1);
  assert.match(JSON.stringify(rest.at(-1)?.message), /User response: action=accept, content=.*Eva/);
});

test("MC-17: who was hung up on asks again where it was, and gets the rest of that stream alone", async () => {
  const session = await begin();
  const answer = await send("POST", session, call(1, "test_reconnection"));
  const first = await events(answer, () => false);
  assert.deepEqual(
    first.map(({ message }) => message),
    [undefined],
  );
  const rest = await events(await send("GET", { ...session, "last-event-id": first[0]!.id }), ({ message }) => message?.id === 1);
  assert.match(JSON.stringify(rest.at(-1)?.message), /The client came back/);
  assert.equal((await send("GET", { ...session, "last-event-id": "99-1" })).status, 400);
});

test("MC-17: a session that was ended, or never was, is 404; so is a session's id of somebody's invention", async () => {
  const session = await begin();
  assert.equal((await send("POST", session, { id: 1, method: "ping" })).status, 200);
  assert.equal((await send("DELETE", session)).status, 204);
  for (const id of [session["mcp-session-id"], "A".repeat(22), "listeners everybody"]) {
    assert.equal((await send("POST", { "mcp-session-id": id }, { id: 1, method: "ping" })).status, 404, id);
    assert.equal((await send("DELETE", { "mcp-session-id": id })).status, 404, id);
  }
  assert.equal((await send("POST", {}, { id: 1, method: "ping" })).status, 400);
});

test("MC-17: a session is of who began it; to everybody else there is none", async () => {
  const session = await begin();
  const asked = await events(await send("POST", session, call(1, "test_elicitation", { message: "Who?" })), ({ message }) => message !== undefined);
  const question = asked.at(-1)!;
  const other = { ...session, "x-test-owner": "mallory" };
  const answer = { id: question.message?.id, result: { action: "accept", content: { response: "Mallory" } } };
  assert.equal((await send("POST", other, answer)).status, 404);
  assert.equal((await send("POST", other, { id: 2, method: "ping" })).status, 404);
  assert.equal((await send("GET", other)).status, 404);
  assert.equal((await send("GET", { ...other, "last-event-id": question.id })).status, 404);
  assert.equal((await send("DELETE", other)).status, 404);
  assert.equal((await send("POST", session, { ...answer, result: { action: "decline" } })).status, 202);
  const rest = await events(await send("GET", { ...session, "last-event-id": question.id }), ({ message }) => message?.id === 1);
  assert.match(JSON.stringify(rest.at(-1)?.message), /action=decline/);
});

test("MC-17: a change is told to the caller's sessions and listeners, to each on its own stream", async () => {
  const session = await begin();
  const told = events(await send("GET", session), ({ message }) => message !== undefined);
  const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} };
  const modern = (method: string, params: Json, name = "") =>
    send(
      "POST",
      { "mcp-protocol-version": "2026-07-28", "mcp-method": method, "mcp-name": name },
      { id: 7, method, params: { ...params, _meta: meta } },
    );
  const listening = await modern("subscriptions/listen", { notifications: { toolsListChanged: true } });
  const heard = events(listening, ({ message }) => message?.method === "notifications/tools/list_changed");
  const answer = await modern("tools/call", { name: "test_trigger_tool_change" }, "test_trigger_tool_change");
  assert.equal(answer.status, 200);
  const [acknowledged, changed] = (await heard).map(({ message }) => message);
  assert.equal(acknowledged?.method, "notifications/subscriptions/acknowledged");
  assert.deepEqual((changed?.params as Json)._meta, { "io.modelcontextprotocol/subscriptionId": 7 });
  assert.equal((await told).at(-1)?.message?.method, "notifications/tools/list_changed");
});
