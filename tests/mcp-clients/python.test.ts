// Python's official package (`mcp`), unmodified, logs in to /mcp by OAuth at the offline tenant: static, by dynamic registration, and by a
// client-id metadata document; calls tools in both lines of the protocol, and passes on what the server asks its user.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { freePort, startDeputy, type Deputy } from "../harness/index.ts";
import { decide } from "../socket/support/approvals.ts";
import { seen } from "../socket/support/world.ts";
import { PythonClient, type Connection, type Question } from "./python-client.ts";

let deputy: Deputy;
/** Where browsers come back to, where the client's metadata document is, and the API that `greet` calls. */
let site: Server;
let document: string;
let callback: string;
let python: PythonClient;
before(async () => {
  python = new PythonClient();
  const origin = `http://localhost:${await freePort()}`;
  deputy = await startDeputy({ vars: { API_BASE_URL: `${origin}/`, API_AUTH0_AUDIENCE: "http://localhost:8787/" } });
  document = `${origin}/client.json`;
  callback = `${origin}/oauth/callback`;
  site = createServer((request, answer) => {
    answer.setHeader("content-type", "application/json");
    if (request.url !== "/client.json") return answer.end(JSON.stringify({ msg: "private" }));
    const client = { client_id: document, client_name: "Python", redirect_uris: [callback], token_endpoint_auth_method: "none" };
    answer.end(JSON.stringify(client));
  }).listen(Number(new URL(origin).port), "127.0.0.1");
});
after(async () => {
  python.kill();
  site?.close();
  await deputy?.stop();
});
beforeEach(async () => {
  await deputy.offline.reset();
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1 });
});

interface Result {
  content: { type: string; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

const connect = (connection: Omit<Connection, "callback">) => python.connect(deputy, { callback, ...connection });
const names = async () => (await python.tell<{ tools: { name: string }[] }>({ list: "tools" })).tools.map(({ name }) => name);
const call = (name: string, args: object = {}) => python.tell<Result>({ call: name, arguments: args });
const text = (result: Result) => result.content.map((part) => part.text).join("\n");
const scopes = (url: URL | undefined) => url?.searchParams.get("scope")?.split(" ").toSorted();

test("MC-04 MC-27: dynamic registration, where the tenant allows it; off, there is no way in", async () => {
  await assert.rejects(connect({ user: "ben" }), /OAuthRegistrationError/);
  await deputy.offline.control("PATCH", "/policies", { dynamic_client_registration: true });
  assert.equal(await connect({ user: "ben" }), "2026-07-28");
  const [visited] = python.visited;
  assert.equal(visited?.origin, new URL(deputy.offline.issuer).origin);
  assert.equal(visited.searchParams.get("resource"), `${deputy.url}/mcp`);
  assert.equal(visited.searchParams.get("code_challenge_method"), "S256");
  assert.deepEqual(await names(), ["get_current_time", "whoami"], "MC-07: Tool User");
  for (const name of ["get_current_time", "get_datetime"]) assert.match(text(await call(name)), /\d{4}-\d\d-\d\dT/);
});

test("MC-26: a client that was registered by hand, in a session of the line before", async () => {
  const client = { client_id: "deputy-offline-inspector", client_secret: "offline-inspector-secret-not-a-real-one" };
  await deputy.offline.control("PATCH", `/clients/${client.client_id}`, { callbacks: [callback] });
  assert.equal(await connect({ user: "ana", client, mode: "legacy" }), "2025-11-25");
  assert.ok((await names()).includes("calendar_summary"), "MC-07: Tool Administrator");
  const asked = await call("whoami");
  assert.equal(asked.structuredContent?.sub, (await deputy.offline.user("ana")).user_id);
});

test("a client known by its metadata document asks for more when a tool needs it, and the call goes through", async () => {
  await connect({ user: "ana", client: { client_id: document } });
  const permitted = async (name: string, args = {}) => {
    const result = await call(name, args);
    assert.ok(result.isError !== true, text(result));
    return text(result);
  };
  const { user_id } = await deputy.offline.user("ana");
  assert.ok((await permitted("whoami")).includes(user_id));
  assert.match(await permitted("greet", { name: "Ann" }), /Hello, Ann/);
  const baseline = ["email", "offline_access", "openid", "profile"];
  assert.deepEqual(
    python.visited.map((url) => scopes(url)),
    [baseline, [...baseline, "tool:whoami"], [...baseline, "tool:greet", "tool:whoami"]],
  );
  await connect({ user: "chris", client: { client_id: document } });
  assert.deepEqual(await names(), ["get_current_time"], "MC-08: no role");
});

test("MC-04: a token that has run out is renewed for the same resource, and nobody is sent to log in again", async () => {
  const url = `${deputy.url}/mcp`;
  await deputy.offline.control("PATCH", `/apis/${encodeURIComponent(url)}`, { token_lifetime: 6 });
  await connect({ user: "ben", client: { client_id: document } });
  await setTimeout(6_500);
  const since = Date.now();
  assert.ok((await names()).includes("whoami"));
  const [renewal] = await seen(deputy.offline, "tenant", "/oauth/token", since);
  assert.deepEqual([renewal?.body?.grant_type, renewal?.body?.resource, renewal?.status], ["refresh_token", url, 200]);
  assert.equal(python.visited.length, 1);
});

for (const mode of ["auto", "legacy"] as const) {
  test(`${mode}: a yes by form, a no, and a purchase that is approved on the phone`, async () => {
    const questions: Question[] = [];
    await connect({
      user: "ana",
      client: { client_id: document },
      mode,
      answer: async (question) => {
        questions.push(question);
        if (question.mode === "form") return /Oslo/.test(question.message) ? { action: "decline" } : { action: "accept", content: { confirm: true } };
        await decide(deputy.offline, "approve");
        return { action: "accept" };
      },
    });
    assert.match(text(await call("getWeatherInformation", { city: "Paris" })), /The weather in Paris is/);
    const refused = await call("getWeatherInformation", { city: "Oslo" });
    assert.ok(refused.isError === true && text(refused).includes("said no"), text(refused));
    const bought = await call("buyStock", { ticker: "GOOGL", qty: 3 });
    assert.ok(bought.isError !== true, text(bought));
    assert.deepEqual(
      questions.map((question) => question.mode),
      ["form", "form", "url"],
    );
    assert.ok(questions[2]?.url?.startsWith(`${deputy.url}/c/`), "the chat, where the card is");
  });
}

test("a prompt is filled in; then it takes its leave", async () => {
  await connect({ user: "ana", client: { client_id: document } });
  const filled = await python.tell({ prompt: "plan_my_day", arguments: { day: "Friday" } });
  assert.match(JSON.stringify(filled), /Friday/);
  await python.close();
});
