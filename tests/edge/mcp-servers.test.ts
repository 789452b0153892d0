// MCP servers that a user adds, over HTTP: against the servers of the offline world, which are no code of ours.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { ask, createChat, eventually, history, openTab, toolParts } from "../socket/support/chat.ts";

interface Tool {
  name: string;
  description: string;
  policy: string;
  asks: boolean;
  pin: string | null;
  change?: string;
  before?: { description: string };
}
interface Server {
  id: string;
  name: string;
  url: string;
  state: string;
  problem?: string;
  paused: boolean;
  loggedIn: boolean;
  tools: Tool[];
}
interface Calls {
  calls: { server: string; tool: string; arguments: unknown }[];
  notes: string[];
  sessions: number;
}

let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
});
after(() => deputy.stop());
beforeEach(async () => {
  for (const { id } of await servers()) await ana.post(`/api/mcp-servers/${id}`, undefined, { method: "DELETE" });
});

const servers = (client = ana) => client.json<Server[]>("/api/mcp-servers");
const address = (name: string) => `http://localhost:${deputy.offline.ports.providers}/mcp/${name}`;
const calls = async () => (await deputy.offline.control("GET", "/mcp")) as Calls;

async function add(name: string): Promise<Server> {
  const page = await ana.post("/api/mcp-servers", { url: address(name), name });
  assert.equal(page.status, 200, page.text);
  return JSON.parse(page.text) as Server;
}

async function patch(id: string, change: unknown): Promise<Server> {
  const page = await ana.post(`/api/mcp-servers/${id}`, change, { method: "PATCH" });
  assert.equal(page.status, 200, page.text);
  return JSON.parse(page.text) as Server;
}

/** A chat whose model calls this tool when it is told to go. */
async function calling(tool: string, args: Record<string, unknown> = {}) {
  await deputy.offline.rules([{ name: "go", when: "^go$", call: [{ tool, arguments: args }] }]);
  const chat = await createChat(ana);
  return { chat, socket: await openTab(ana, chat) };
}

test("nobody but the user sees or changes a server", async () => {
  const nobody = new HttpClient(deputy.url);
  assert.equal((await nobody.get("/api/mcp-servers")).status, 401);
  assert.equal((await nobody.get("/servers", { follow: false })).status, 401);
  const { id } = await add("notes");
  const ben = await deputy.login("ben");
  assert.deepEqual(await servers(ben), []);
  for (const method of ["GET", "PATCH", "DELETE"]) {
    const page = await ben.post(`/api/mcp-servers/${id}`, method === "PATCH" ? { paused: true } : undefined, { method });
    assert.equal(page.status, 404, method);
  }
  assert.equal((await servers())[0]?.paused, false);
});

test("CF-29: a server is added, its tools are called in a chat, what writes is asked for", async () => {
  const notes = await add("notes");
  assert.equal(notes.state, "ready", notes.problem);
  assert.deepEqual(
    notes.tools.map(({ name, asks }) => [name, asks]),
    [
      ["list-notes", false],
      ["add_note", true],
      ["delete-notes", true],
      ["count_notes", true],
    ],
  );
  const offered = await offeredTools();
  assert.equal(offered.length, 4);
  for (const name of offered) assert.match(name, /^tool_notes_\w{1,53}$/);
  const adding = await calling("tool_notes_add_note", { text: "milk" });
  await ask(adding.socket, "go");
  const [waiting] = toolParts(await history(ana, adding.chat));
  assert.equal(waiting?.state, "approval-requested");
  assert.deepEqual((await calls()).notes, []);
  adding.socket.send({ type: "cf_agent_tool_approval", toolCallId: waiting?.toolCallId, approved: true });
  await eventually("the note is there", async () => (await calls()).notes.length === 1);
  assert.equal((await calls()).sessions, 0, "every session was ended");
  await adding.socket.close();
});

test("CF-09: an open chat is told, and a new one begins with it", async () => {
  const chat = await createChat(ana);
  const socket = await openTab(ana, chat);
  const { id } = await add("notes");
  const told = await socket.waitFor(({ type, mcp }) => type === "cf_agent_mcp_servers" && JSON.stringify(mcp).includes(id));
  const { servers: shown, tools } = told.mcp as { servers: Record<string, { state: string; server_url: string }>; tools: { name: string }[] };
  assert.equal(shown[id]?.state, "ready");
  assert.equal(shown[id]?.server_url, address("notes"));
  assert.ok(tools.some(({ name }) => name === "add_note"));
  const from = socket.frames.length;
  await ana.post(`/api/mcp-servers/${id}`, undefined, { method: "DELETE" });
  await socket.waitFor(({ type, mcp }) => type === "cf_agent_mcp_servers" && !JSON.stringify(mcp).includes(id), 10_000, from);
  await socket.close();
});

test("a server that changes its tools is not believed until the user has looked", async () => {
  await deputy.offline.control("POST", "/mcp/changing", { revision: 1 });
  const { id } = await add("changing");
  await deputy.offline.control("POST", "/mcp/changing", { revision: 2 });
  const looked = await ana.json<Server>(`/api/mcp-servers/${id}?look=1`);
  assert.deepEqual(Object.fromEntries(looked.tools.map(({ name, change }) => [name, change])), {
    weather: "changed",
    tides: undefined,
    moon_phase: "added",
    moon: "removed",
  });
  const weather = looked.tools.find(({ name }) => name === "weather");
  assert.equal(weather?.before?.description, "The weather");
  assert.match(weather?.description ?? "", /get_user_info/);
  assert.deepEqual(await offeredTools(), ["tool_changing_tides"]);
  await patch(id, { accept: { weather: weather?.pin, moon: null } });
  assert.deepEqual(await offeredTools(), ["tool_changing_tides", "tool_changing_weather"]);
  const stale = await ana.post(`/api/mcp-servers/${id}`, { accept: { moon_phase: "not what was shown" } }, { method: "PATCH" });
  assert.equal(stale.status, 409);
});

test("a paused server and a blocked tool are not offered; the state outlives a restart", async () => {
  const { id } = await add("notes");
  await patch(id, { policies: { add_note: "block", "list-notes": "ask" }, name: "Mine" });
  assert.ok(!(await offeredTools()).some((name) => name.includes("add")));
  await deputy.worker.kill();
  await deputy.worker.restart();
  const [after] = await servers();
  assert.equal(after?.name, "Mine");
  assert.deepEqual(
    after?.tools.slice(0, 2).map(({ policy }) => policy),
    ["ask", "block"],
  );
  await patch(id, { paused: true });
  assert.deepEqual(await offeredTools(), []);
});

test("addresses of private networks and of metadata services are refused", async () => {
  for (const url of ["http://169.254.169.254/mcp", "https://10.0.0.1/mcp", "https://user:secret@example.com/mcp", "ftp://example.com", "nothing"]) {
    const page = await ana.post("/api/mcp-servers", { url });
    assert.equal(page.status, 400, url);
    assert.ok(!page.text.includes("secret"));
  }
});

test("servers that ask in the middle of a call, answer with a flood, or close", async () => {
  await add("asking");
  await add("huge");
  await add("closing");
  for (const [tool, words] of [
    ["tool_asking_ask_page", /open a page first: https:\/\/pages\.example\/allow/],
    ["tool_asking_ask_form", /cannot be (reached|given here)/],
    ["tool_asking_ask_model", /cannot be (reached|given here)/],
    ["tool_huge_read", /too large/],
    ["tool_closing_read", /cannot be reached/],
  ] as const) {
    const { chat, socket } = await calling(tool);
    await ask(socket, "go");
    const [part] = toolParts(await history(ana, chat));
    assert.equal(part?.state, "output-error", tool);
    assert.match(part?.errorText ?? "", words, tool);
    await socket.close();
  }
  // What waits for a page has not begun: nobody is asked what became of it.
  const { chat, socket } = await calling("tool_asking_ask_page_and_write");
  await ask(socket, "go");
  const [waiting] = toolParts(await history(ana, chat));
  assert.equal(waiting?.state, "approval-requested");
  socket.send({ type: "cf_agent_tool_approval", toolCallId: waiting?.toolCallId, approved: true });
  await eventually("the call has failed", async () => toolParts(await history(ana, chat))[0]?.state === "output-error");
  assert.match(toolParts(await history(ana, chat))[0]?.errorText ?? "", /open a page first/);
  await socket.close();
});

test("a protected server is logged in to by the browser, with a token of its own that nobody else gets", async () => {
  const policies = { dynamic_client_registration: true, resource_parameter_compatibility: true };
  await deputy.offline.control("PATCH", "/policies", policies);
  const vault = await add("vault");
  assert.equal(vault.state, "log_in_needed");
  const begin = `/auth/mcp/login?server=${vault.id}&returnTo=/servers`;
  assert.equal((await new HttpClient(deputy.url).get(begin, { follow: false })).status, 401);
  const ben = await deputy.login("ben");
  assert.equal((await ben.get(begin, { follow: false })).status, 404);
  const away = await ana.get(begin, { follow: false });
  const target = new URL(away.headers.get("location") ?? "");
  assert.equal(target.searchParams.get("resource"), address("vault"));
  assert.equal(target.searchParams.get("code_challenge_method"), "S256");
  // Somebody else comes back with this log-in.
  const stolen = await ben.get(`/auth/mcp/callback?code=x&state=${target.searchParams.get("state")}`);
  assert.equal(stolen.status, 400);
  const back = await ana.submit(await ana.get(begin), {}, { button: /Accept/ });
  assert.equal(back.url, `${deputy.url}/servers`);
  const [after] = await servers();
  assert.deepEqual([after?.state, after?.loggedIn, after?.tools.length], ["ready", true, 2], after?.problem);
  const reading = await calling("tool_vault_read_secret");
  const read = await ask(reading.socket, "go");
  assert.ok(
    toolParts(await history(ana, reading.chat)).some(({ output }) => JSON.stringify(output).includes("rosebud")),
    read.text,
  );
  await reading.socket.close();
  // Writing takes a scope that the first log-in did not ask for.
  const writing = await calling("tool_vault_store_secret", { text: "x" });
  await ask(writing.socket, "go");
  const [waiting] = toolParts(await history(ana, writing.chat));
  writing.socket.send({ type: "cf_agent_tool_approval", toolCallId: waiting?.toolCallId, approved: true });
  await eventually("more permission is needed", async () => (await servers())[0]?.state === "more_permission_needed");
  const more = await ana.get(begin, { follow: false });
  assert.match(new URL(more.headers.get("location") ?? "").searchParams.get("scope") ?? "", /vault:read.*vault:write|vault:write.*vault:read/);
  await writing.socket.close();
});

/** Names of the tools of servers that the model was offered in a turn of a new chat. */
async function offeredTools(): Promise<string[]> {
  const chat = await createChat(ana);
  const socket = await openTab(ana, chat);
  await ask(socket, "Hello");
  await socket.close();
  const requests = await deputy.offline.requests<{ service: string; body: { tools?: { function?: { name: string } }[] } | null }>();
  const last = requests.findLast(({ service, body }) => service === "model" && body?.tools !== undefined);
  return (last?.body?.tools ?? []).map(({ function: it }) => it?.name ?? "").filter((name) => name.startsWith("tool_"));
}
