// The MCP client of the Cloudflare agents SDK, in an agent of its own in workerd, calls /mcp.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mcpToken } from "../edge/support/mcp.ts";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { submitLogin } from "../harness/login.ts";
import { eventually } from "../socket/support/chat.ts";
import { startSdkWorker, type SdkWorker } from "./sdk.ts";

interface State {
  servers: Record<string, { state: string; error: string | null }>;
  tools: { name: string; serverId: string }[];
  resources: unknown[];
  prompts: { name: string }[];
}
interface Result {
  content: { type: string; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}
/** What a server asks the agent's user. */
interface Question {
  mode?: string;
  message: string;
  url?: string;
}
interface Added {
  id: string;
  state: string;
  authUrl?: string;
}

let deputy: Deputy;
let sdk: SdkWorker;
before(async () => {
  [deputy, sdk] = await Promise.all([startDeputy(), startSdkWorker()]);
});
after(async () => {
  await sdk?.stop();
  await deputy?.stop();
});

/** What an agent of this name answers. */
async function agent<T>(name: string, order: object): Promise<T> {
  const answer = await fetch(`${sdk.origin}/agents/caller/${name}`, { method: "POST", body: JSON.stringify(order) });
  const body = await answer.text();
  assert.equal(answer.status, 200, body);
  return JSON.parse(body) as T;
}

const names = (state: State) => state.tools.map(({ name }) => name).sort();

test("MC-04: with a token it lists tools and prompts, and calls tools", async () => {
  const headers = { authorization: `Bearer ${await mcpToken(deputy, "ana", "openid tool:whoami tool:greet agent:tools")}` };
  const { id, state } = await agent<Added>("token", { do: "add", url: `${deputy.url}/mcp`, headers });
  assert.equal(state, "ready");
  const listed = await agent<State>("token", { do: "list" });
  assert.equal(listed.servers[id]?.state, "ready");
  for (const tool of ["get_current_time", "whoami", "greet", "calendar_summary"]) assert.ok(names(listed).includes(tool), tool);
  assert.ok(listed.prompts.some(({ name }) => name === "plan_my_day"));
  const who = await agent<Result>("token", { do: "call", id, tool: "whoami", input: {} });
  assert.equal(who.structuredContent?.sub, (await deputy.offline.user("ana")).user_id);
  const time = await agent<Result>("token", { do: "call", id, tool: "get_current_time", input: {} });
  assert.match(time.content[0]?.text ?? "", /\d{4}-\d\d-\d\dT/);
});

test("a call that needs a yes is asked for by the agent's own form; a yes is for that call, a no is told", async () => {
  const [id = ""] = Object.keys((await agent<State>("token", { do: "list" })).servers);
  const weather = async (city: string, answer: object) => {
    const result = await agent<Result>("token", { do: "call", id, tool: "getWeatherInformation", input: { city }, answer });
    const [asked, ...more] = await agent<Question[]>("token", { do: "asked" });
    assert.match(asked?.message ?? "", new RegExp(`getWeatherInformation with \\{"city":"${city}"\\}`));
    assert.deepEqual(more, [], "asked once");
    return result;
  };
  const told = await weather("Paris", { action: "accept", content: { confirm: true } });
  assert.match(told.content[0]?.text ?? "", /The weather in Paris is/);
  const refused = await weather("Oslo", { action: "decline" });
  assert.ok(refused.isError === true && /said no/.test(refused.content[0]?.text ?? ""), JSON.stringify(refused));
});

test("a call that needs an account sends the agent's user to the chat of the call; who does not go is told so", async () => {
  const [id = ""] = Object.keys((await agent<State>("token", { do: "list" })).servers);
  const result = await agent<Result>("token", { do: "call", id, tool: "calendar_summary", input: {}, answer: { action: "decline" } });
  const [asked] = await agent<Question[]>("token", { do: "asked" });
  assert.equal(asked?.mode, "url", JSON.stringify(result));
  assert.equal(new URL(asked.url ?? "").origin, deputy.url);
  assert.equal(result.isError, true);
  assert.match(result.content[0]?.text ?? "", /calendar_summary was not run/);
  assert.ok(result.content[0]?.text.includes(asked.url ?? ""), "and where they can answer");
});

test("MC-27: without one it registers itself, its user logs in at the tenant, and it calls", async () => {
  await deputy.offline.control("PATCH", "/policies", { dynamic_client_registration: true, resource_parameter_compatibility: true });
  const { id, state, authUrl } = await agent<Added>("login", { do: "add", url: `${deputy.url}/mcp` });
  assert.equal(state, "authenticating");
  const begin = new URL(authUrl ?? "");
  assert.equal(begin.origin, new URL(deputy.offline.issuer).origin);
  const browser = new HttpClient(begin.origin);
  const page = await submitLogin(browser, await browser.get(begin.href), await deputy.offline.user("ben"));
  if (page.text.includes('value="accept"')) await browser.submit(page, {}, { button: /accept/i });
  const listed = await eventually("it is connected", async () => {
    const now = await agent<State>("login", { do: "list" });
    return now.servers[id]?.state === "ready" && now;
  });
  assert.deepEqual(names(listed), ["get_current_time", "whoami"], "MC-07: Tool User");
  const time = await agent<Result>("login", { do: "call", id, tool: "get_current_time", input: {} });
  assert.match(time.content[0]?.text ?? "", /\d{4}-\d\d-\d\dT/);
});
