// What /mcp offers: the tools of three roles, calls that wait for the user and outlive the process, documents and prompts.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy, type HttpClient } from "../harness/index.ts";
import { decide } from "../socket/support/approvals.ts";
import { consent } from "../socket/support/connect.ts";
import { exchanges } from "../socket/support/world.ts";
import { uploadText } from "./support/documents.ts";
import { mcpToken, message, rpc, toolsOf } from "./support/mcp.ts";

interface Result {
  content?: { type: string; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
  resultType?: string;
  requestState?: string;
  inputRequests?: Record<string, { params: { mode?: string; message: string; url?: string; requestedSchema?: unknown } }>;
  resources?: { uri: string; title: string }[];
  contents?: { text: string; uri: string }[];
  prompts?: { name: string }[];
  messages?: { content: { text: string } }[];
}
interface Answer {
  result?: Result;
  error?: { code: number; message: string };
}

const ALL = "openid tool:whoami tool:greet agent:tools";
const URL_MODE = { elicitation: { url: {} } };
const FORM_MODE = { elicitation: { form: {} } };

let deputy: Deputy;
let api: Server;
let apiSaw: string[] = [];
let ana: HttpClient;
before(async () => {
  api = createServer((request, response) => {
    apiSaw.push(`${request.url} ${request.headers.authorization}`);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ msg: "private" }));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const address = api.address();
  const port = typeof address === "object" ? address?.port : undefined;
  deputy = await startDeputy({ vars: { API_BASE_URL: `http://127.0.0.1:${port}/`, API_AUTH0_AUDIENCE: "http://localhost:8787/" } });
  ana = await deputy.login("ana");
});
after(async () => {
  await deputy.stop();
  api.close();
});

/** What a method answers ana's program, or that of somebody else. */
async function ask(method: string, params: Record<string, unknown>, token?: string, capabilities: object = {}): Promise<Answer> {
  const authorization = `Bearer ${token ?? (await mcpToken(deputy, "ana", ALL))}`;
  const page = await rpc(deputy, method, params, { authorization }, capabilities);
  assert.equal(page.status, 200, page.text);
  return message<Answer>(page);
}

async function call(name: string, args: object, capabilities: object = {}, more: object = {}): Promise<Result> {
  const { result, error } = await ask("tools/call", { name, arguments: args, ...more }, undefined, capabilities);
  return result ?? assert.fail(JSON.stringify(error));
}

const text = (result: Result) => result.content?.map((part) => part.text).join("\n") ?? "";

test("MC-07 MC-08: three roles see three lists, in one order", async () => {
  const lists = new Map<string, string[]>();
  for (const name of ["ana", "ben", "chris"]) lists.set(name, await toolsOf(deputy, await mcpToken(deputy, name, ALL)));
  assert.deepEqual(lists.get("chris"), ["get_current_time"], "MC-08: without a role exactly the free tool");
  assert.deepEqual(lists.get("ben"), ["get_current_time", "whoami"]);
  const admin = lists.get("ana") ?? [];
  for (const tool of ["get_current_time", "whoami", "greet", "calendar_summary", "buyStock", "get_context_documents"]) {
    assert.ok(admin.includes(tool), `${tool}: ${admin.join(" ")}`);
  }
  assert.deepEqual(admin, admin.toSorted());
  assert.deepEqual(await toolsOf(deputy, await mcpToken(deputy, "ana", ALL)), admin);
});

test("MC-08 MC-10: the time under both names, and who it is", async () => {
  for (const name of ["get_current_time", "get_datetime"]) {
    const time = Date.parse(text(await call(name, {})));
    assert.ok(Math.abs(Date.now() - time) < 60_000, name);
  }
  const { user_id } = await deputy.offline.user("ana");
  const who = await call("whoami", {});
  assert.equal(who.structuredContent?.sub, user_id);
  const permissions = who.structuredContent?.permissions as string[];
  assert.deepEqual(permissions.toSorted(), ["agent:tools", "tool:greet", "tool:whoami"]);
  assert.doesNotMatch(text(who), /eyJ/, "and no token");
});

test("MC-09 MC-18: the greeting, and an API that is called with a token of its own", async () => {
  apiSaw = [];
  const token = await mcpToken(deputy, "ana", ALL);
  const { user_id } = await deputy.offline.user("ana");
  for (const [name, said] of [
    ["", "there"],
    [" Ann ", "Ann"],
  ]) {
    const { result } = await ask("tools/call", { name: "greet", arguments: { name } }, token);
    assert.equal(text(result ?? {}), `Hello, ${said} (${user_id})!\n\nUpstream API Response: {\n  "msg": "private"\n}`);
  }
  assert.equal(apiSaw.length, 2);
  for (const saw of apiSaw) {
    assert.match(saw, /^\/api\/private-scope Bearer eyJ/);
    assert.ok(!saw.includes(token), "never the caller's");
    const claims = JSON.parse(Buffer.from(saw.split(".")[1] ?? "", "base64url").toString()) as { aud: unknown; sub: string; act: unknown };
    assert.deepEqual([claims.sub, claims.act], [user_id, { sub: "deputy-offline-mcp" }]);
    assert.ok([claims.aud].flat().includes("http://localhost:8787/"));
  }
});

test("MC-33: a tool that needs an account leads to the card; the process dies; after the consent the same call has its result", async () => {
  const since = Date.now();
  const waits = await call("calendar_summary", {}, URL_MODE);
  assert.equal(waits.resultType, "input_required", JSON.stringify(waits));
  const { params } = waits.inputRequests?.open ?? assert.fail(JSON.stringify(waits));
  const [chat] = await ana.json<{ id: string; title: string }[]>("/api/chats");
  assert.equal(params.url, `${deputy.url}/c/${chat?.id}`);
  assert.match(chat?.title ?? "", /^Calls by /);
  const words = await call("calendar_summary", {});
  assert.ok(words.isError && text(words).includes(params.url ?? "?"), "who cannot open an address is told it");
  await deputy.worker.kill();
  await deputy.worker.restart();
  const history = await ana.json<{ parts: { text?: string }[] }[]>(`/agents/chat/${chat?.id}/get-messages`);
  const said = history.flatMap(({ parts }) => parts).filter((part) => part.text?.endsWith(" called calendar_summary"));
  assert.equal(said.length, 1, "both tries were one call, and the reader is told whose");
  await consent(ana, { connection: "google-oauth2", requiredScopes: ["openid", "https://www.googleapis.com/auth/calendar.events"] });
  const accepted = { inputResponses: { open: { action: "accept" } }, requestState: waits.requestState };
  const done = await call("calendar_summary", {}, URL_MODE, accepted);
  assert.match(text(done), /planned on|event/);
  const made = await exchanges(deputy.offline, since);
  assert.ok(
    made.some(({ body }) => body?.client_id === "deputy-offline-mcp"),
    "by the client of this server",
  );
});

test("a yes is asked for by a form where there are forms, and counts for that call alone", async () => {
  const waits = await call("getWeatherInformation", { city: "Paris" }, FORM_MODE);
  const { params } = waits.inputRequests?.confirm ?? assert.fail(JSON.stringify(waits));
  assert.match(params.message, /getWeatherInformation with \{"city":"Paris"\}/);
  const yes = { inputResponses: { confirm: { action: "accept", content: { confirm: true } } }, requestState: waits.requestState };
  const other = await ask("tools/call", { name: "getWeatherInformation", arguments: { city: "Rome" }, ...yes }, undefined, FORM_MODE);
  assert.equal(other.error?.code, -32602, "another city was not asked about");
  const ben = await mcpToken(deputy, "ben", ALL);
  const foreign = await rpc(deputy, "tools/call", { name: "whoami", arguments: {}, ...yes }, { authorization: `Bearer ${ben}` }, FORM_MODE);
  assert.doesNotMatch(foreign.text, /Paris/);
  const done = await call("getWeatherInformation", { city: "Paris" }, FORM_MODE, yes);
  assert.match(text(done), /The weather in Paris is/);
  const denied = await call("getWeatherInformation", { city: "Oslo" }, FORM_MODE);
  const no = { inputResponses: { confirm: { action: "decline" } }, requestState: denied.requestState };
  const refused = await call("getWeatherInformation", { city: "Oslo" }, FORM_MODE, no);
  assert.ok(refused.isError && text(refused).includes("said no"), text(refused));
});

test("a purchase is approved on the phone, and collected by the same call", async () => {
  const order = { ticker: "GOOGL", qty: 3 };
  const waits = await call("buyStock", order, { elicitation: { form: {}, url: {} } });
  assert.equal(waits.inputRequests?.open?.params.mode, "url", `never a form: ${JSON.stringify(waits)}`);
  await decide(deputy.offline, "approve");
  const done = await call("buyStock", order, URL_MODE, { inputResponses: { open: { action: "accept" } }, requestState: waits.requestState });
  assert.ok(!done.isError && done.resultType === "complete", JSON.stringify(done));
});

test("a state that was made up is refused, and an unknown tool is an error", async () => {
  for (const requestState of ["", "x", "chat.call_x.pending_y"]) {
    const { error } = await ask("tools/call", { name: "getWeatherInformation", arguments: { city: "Bern" }, requestState }, undefined, FORM_MODE);
    assert.equal(error?.code, -32602, requestState);
  }
  const { result } = await ask("tools/call", { name: "no_such_tool", arguments: {} });
  assert.ok(result?.isError, JSON.stringify(result));
});

test("the user's documents are resources, with the user's rights", async () => {
  const document = await uploadText(ana, "otters.txt", "Otters hold hands while they sleep.");
  const { result } = await ask("resources/list", {});
  const uri = `deputy://documents/${document.id}`;
  assert.ok(
    result?.resources?.some((one) => one.uri === uri),
    JSON.stringify(result),
  );
  const read = await ask("resources/read", { uri }, undefined, {});
  assert.equal(read.result?.contents?.[0]?.text, "Otters hold hands while they sleep.");
  const ben = await mcpToken(deputy, "ben", ALL);
  assert.deepEqual((await ask("resources/list", {}, ben)).result?.resources, []);
  assert.equal((await ask("resources/read", { uri }, ben)).error?.code, -32602);
  assert.equal((await ask("resources/read", { uri: "deputy://documents/none" })).error?.code, -32602);
});

test("prompts are filled in", async () => {
  const { result } = await ask("prompts/list", {});
  assert.deepEqual(
    result?.prompts?.map(({ name }) => name),
    ["find_a_time", "plan_my_day", "summarise_documents"],
  );
  const filled = await ask("prompts/get", { name: "plan_my_day", arguments: { day: "Friday" } });
  assert.match(filled.result?.messages?.[0]?.content.text ?? "", /Plan my day: Friday/);
  assert.equal((await ask("prompts/get", { name: "summarise_documents" })).error?.code, -32602);
});

test("MC-35: the log says who called what by which client, and no token", async () => {
  await call("whoami", {});
  const { user_id } = await deputy.offline.user("ana");
  const lines = deputy.worker.logs.filter((line) => line.includes("mcp_tool_called"));
  assert.ok(
    lines.some((line) => line.includes(user_id) && line.includes("whoami") && /"client":"[\w-]+"/.test(line)),
    lines.join("\n"),
  );
  assert.doesNotMatch(deputy.worker.logs.join("\n"), /Bearer eyJ|eyJhbGciOi/);
});
