// Tools defined in data, at work: the same authority as every other tool, and no way out of what the definition says.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type ChatSocket, type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { type Part, ask, createChat, ended, eventually, history, openTab, say, textOf, toolParts } from "./support/chat.ts";
import { consent, disconnectAll, interruptOf } from "./support/connect.ts";
import { rowsOf } from "./support/storage.ts";
import { type Seen, modelCalls } from "./support/world.ts";

const connection = "spotify";
let deputy: Deputy;
let ana: HttpClient;
let chat: string;
let tab: ChatSocket;
let since: number;
let good: object[];

/** A tool that reads and one that writes, at the offline double of the connection. */
function definitions(providersPort: number): object[] {
  const base = `http://127.0.0.1:${providersPort}/api/${connection}/v1`;
  const hosts = [`127.0.0.1:${providersPort}`];
  const text = { type: "string", maxLength: 40 };
  return [
    {
      name: "readPlaylist",
      description: "Reads a playlist",
      connection,
      scopes: ["playlist-read"],
      effect: "reads",
      method: "GET",
      url: `${base}/playlists/{id}?limit={limit}`,
      hosts,
      input: { type: "object", properties: { id: text, limit: { type: "integer", minimum: 1, maximum: 50 } }, required: ["id"] },
    },
    {
      name: "renamePlaylist",
      description: "Renames a playlist",
      connection,
      scopes: ["playlist-write"],
      effect: "writes",
      method: "PUT",
      url: `${base}/playlists/{id}`,
      hosts,
      input: { type: "object", properties: { id: text, name: text }, required: ["id", "name"] },
      body: ["name"],
      result: "/body",
    },
  ];
}

const rules = [
  {
    name: "read",
    when: "^read playlist (?<id>\\S+)$",
    call: [{ tool: "readPlaylist", arguments: { id: "{{id}}" } }],
    then: [{ tool: "readPlaylist", pointer: "/path", is: "present", say: "Read {{/path}}." }],
  },
  {
    name: "read some",
    when: "^read (?<limit>\\S+) of playlist (?<id>\\S+)$",
    call: [{ tool: "readPlaylist", arguments: { id: "{{id}}", limit: "{{limit | number}}" } }],
    then: [{ tool: "readPlaylist", pointer: "/path", is: "present", say: "Read {{/query/limit}} of {{/path}}." }],
  },
  {
    name: "rename",
    when: "^rename playlist (?<id>\\S+) to (?<name>.+)$",
    call: [{ tool: "renamePlaylist", arguments: { id: "{{id}}", name: "{{name}}" } }],
    then: [{ tool: "renamePlaylist", pointer: "/name", is: "present", say: "It is called {{/name}} now." }],
  },
];

before(async () => {
  deputy = await startDeputy();
  good = definitions(deputy.offline.ports.providers);
  await deputy.worker.restart({ CONNECTION_TOOLS: JSON.stringify(good) });
  await deputy.offline.rules({ rules });
  ana = await deputy.login("ana");
});
beforeEach(async () => {
  await deputy.offline.clearFaults();
  await disconnectAll(ana);
  await tab?.close();
  chat = await createChat(ana);
  tab = await openTab(ana, chat);
  since = Date.now();
});
after(async () => {
  await tab?.close();
  await deputy.stop();
});

const asked = async (method: string): Promise<Seen[]> =>
  (await deputy.offline.requests<Seen>()).filter(
    (one) => one.service === "providers" && one.method === method && one.path.startsWith("/api/") && one.at_ms >= since,
  );
const lastPart = async (): Promise<Part | undefined> => toolParts(await history(ana, chat)).at(-1);
const said = (text: string) => eventually(text, async () => textOf((await history(ana, chat)).at(-1)).includes(text));
const connect = (...requiredScopes: string[]) => consent(ana, { connection, requiredScopes });

test("IN-04: what writes asks in the chat, then for the account, then runs once with the input in its place", async () => {
  await ask(tab, "rename playlist p1 to Slow Sunday");
  const part = await lastPart();
  assert.deepEqual([part?.state, part?.input], ["approval-requested", { id: "p1", name: "Slow Sunday" }]);
  assert.deepEqual(await asked("PUT"), []);
  tab.send({ type: "cf_agent_tool_approval", toolCallId: part?.toolCallId, approved: true, autoContinue: true });
  const interrupted = await tab.waitFor((frame) => frame.type === "cf_agent_use_chat_response" && frame.error === true);
  const interrupt = interruptOf(tab, String(interrupted.id));
  assert.deepEqual([interrupt.connection, interrupt.requiredScopes], [connection, ["playlist-write"]]);
  await consent(ana, interrupt);
  await said("It is called Slow Sunday now.");
  const [request, ...more] = await asked("PUT");
  assert.deepEqual([request?.path, request?.body, more], [`/api/${connection}/v1/playlists/p1`, { name: "Slow Sunday" }, []]);
  assert.deepEqual((await lastPart())?.output, { name: "Slow Sunday" });
});

test("a no means that nothing is sent, whatever is connected", async () => {
  await connect("playlist-write");
  await ask(tab, "rename playlist p1 to Loud Monday");
  tab.send({ type: "cf_agent_tool_approval", toolCallId: (await lastPart())?.toolCallId, approved: false, autoContinue: true });
  await eventually("the no", async () => (await lastPart())?.state === "output-denied");
  assert.deepEqual(await asked("PUT"), []);
});

test("no input leaves its place: neither path, query nor host", async () => {
  await connect("playlist-read");
  for (const id of ["..%2f..%2fme", "../../me", "a?limit=9#b", "@evil.example", "\\\\evil.example"]) {
    await ask(tab, `read playlist ${id}`);
    const part = await lastPart();
    assert.equal(part?.state, "output-available", `${id}: ${part?.errorText}`);
    const { path, query } = part?.output as { path: string; query: object };
    assert.deepEqual([path, query], [`v1/playlists/${id}`, {}], "the double decoded it, so it arrived encoded");
  }
  const count = (await asked("GET")).length;
  for (const id of [".", ".."]) {
    await ask(tab, `read playlist ${id}`);
    assert.match((await lastPart())?.errorText ?? "", /an input cannot be used in an address/);
  }
  assert.equal((await asked("GET")).length, count, "nothing was sent");
});

test("what the provider says reaches the model marked as text of others", async () => {
  await connect("playlist-read");
  await ask(tab, "read playlist p1");
  const { messages } = (await modelCalls(deputy.offline, since)).at(-1)?.body as { messages: { role: string; content: string }[] };
  assert.deepEqual(JSON.parse(messages.findLast(({ role }) => role === "tool")?.content ?? ""), { untrusted: (await lastPart())?.output });
});

test("input that does not fit is an answer, and nothing is sent", async () => {
  await connect("playlist-read");
  await ask(tab, "read 5 of playlist p1");
  assert.deepEqual(((await lastPart())?.output as { query: object }).query, { limit: "5" });
  const count = (await asked("GET")).length;
  await ask(tab, "read 51 of playlist p1");
  assert.match((await lastPart())?.errorText ?? "", /The input of readPlaylist does not fit: limit: at most 50\.$/);
  await ask(tab, `read playlist ${"x".repeat(41)}`);
  assert.match((await lastPart())?.errorText ?? "", /id: at most 40 characters/);
  assert.equal((await asked("GET")).length, count);
});

test("the provider's refusals are sentences, one request each", async () => {
  await connect("playlist-read");
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ status: 403, body: { message: "Not in your plan" } }, /spotify does not allow this: Not in your plan/],
    [{ status: 404, body: {} }, /spotify has nothing there \(404\)/],
    [{ status: 429, headers: { "retry-after": "9" }, body: {} }, /Please try again in 9 seconds/],
    [{ status: 503, body: {} }, /spotify is not available now \(503\)/],
    [{ status: 200, body: { path: "x".repeat(300_000) } }, /The result is too large to be used here/],
    [{ status: 200, body: { path: "x".repeat(1_100_000) } }, /The answer of spotify is too large to be read/],
    [
      { status: 302, headers: { location: `http://127.0.0.1:${deputy.offline.ports.providers}/api/${connection}/v1/elsewhere` }, body: {} },
      /spotify refused the request \(302\)/,
    ],
  ];
  for (const [fault, words] of cases) {
    const before = (await asked("GET")).length;
    await deputy.offline.fault({ service: "providers", path_prefix: "/api/", times: 1, ...fault });
    await ask(tab, "read playlist p1");
    assert.match((await lastPart())?.errorText ?? "", words);
    assert.equal((await asked("GET")).length, before + 1, `${words}`);
  }
  // The platform itself may try a connection again that broke.
  await deputy.offline.fault({ service: "providers", path_prefix: "/api/", drop: true });
  await ask(tab, "read playlist p1");
  assert.match((await lastPart())?.errorText ?? "", /spotify cannot be reached now/);
  assert.ok(
    (await asked("GET")).every(({ path }) => !path.endsWith("elsewhere")),
    "a redirect would take the token elsewhere",
  );
});

test("a 401 costs the token: another is tried once, then the account is asked for again", async () => {
  await connect("playlist-read");
  await ask(tab, "read playlist p1");
  await deputy.offline.fault({ service: "providers", path_prefix: "/api/", status: 401, body: {} });
  const request = say(tab, "read playlist p2");
  await ended(tab, request);
  const interrupt = interruptOf(tab, request);
  assert.equal(interrupt.connection, connection);
  await deputy.offline.clearFaults();
  await consent(ana, { connection, requiredScopes: ["playlist-read"] });
  await said("Read v1/playlists/p2.");
});

test("a definition that is refused stops the Worker with name and fix; its text is shown nowhere", async () => {
  const [tool = {}] = good;
  const bad: [unknown, RegExp][] = [
    ["{", /JSON list/],
    [[{ ...tool, effect: undefined }], /effect/],
    [[{ ...tool, hosts: [] }], /hosts/],
    [[{ ...tool, url: "https://{id}/x?limit={limit}", hosts: ["api.example.com"] }], /https:\/\//],
    [[{ ...tool, url: "http://api.example.com/{id}?limit={limit}", hosts: ["api.example.com"] }], /https:\/\//],
    [[{ ...tool, name: "checkUsersCalendar" }], /name of its own/],
    [[tool, tool], /name of its own/],
  ];
  for (const [definition, fix] of bad) {
    await deputy.worker.restart({ CONNECTION_TOOLS: typeof definition === "string" ? definition : JSON.stringify(definition) });
    assert.equal((await fetch(`${deputy.url}/health`)).status, 200);
    const answer = await fetch(`${deputy.url}/api/chats`);
    const text = await answer.text();
    assert.equal(answer.status, 503);
    assert.match(text, /CONNECTION_TOOLS/);
    assert.ok(!text.includes("playlists") && !text.includes("api.example.com/"), text);
    const line = deputy.worker.logs.findLast((one) => one.includes('"connection_tools"')) ?? "";
    assert.match(line, /"code":"definition_/);
    assert.match(text, fix);
  }
  await deputy.worker.restart({ CONNECTION_TOOLS: JSON.stringify(good) });
});

test("every call is in the ledger with its effect and authority", async () => {
  await deputy.worker.stop();
  type Row = { tool: string; effect: string; authority: string; outcome: string };
  const rows = rowsOf<Row>(deputy.worker.persistDir, "ledger");
  const told = rows.map(({ tool, effect, authority, outcome }) => `${tool} ${effect} ${authority} ${outcome}`);
  assert.ok(told.includes(`renamePlaylist writes vault:${connection} playlist-write completed`), told.join("\n"));
  assert.ok(told.includes(`renamePlaylist writes vault:${connection} playlist-write denied`), told.join("\n"));
  assert.ok(told.includes(`readPlaylist reads vault:${connection} playlist-read completed`), told.join("\n"));
});
