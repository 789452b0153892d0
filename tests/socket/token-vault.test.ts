// Token Vault end to end: every known answer of the tenant, one exchange for many callers, rate limits, what waits in which chat.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type ChatSocket, HttpClient, login, startDeputy, type Deputy } from "../harness/index.ts";
import { type Part, ask, createChat, ended, errorOf, eventually, history, openTab, pause, say, textOf, toolParts } from "./support/chat.ts";
import { CONNECTION, FREE_BUSY, connectCalendar, connectPath, consent, disconnectAll, interruptOf, parseInterrupt } from "./support/connect.ts";
import { type Token, exchanges, freeBusyCalls } from "./support/world.ts";

interface Outcome {
  name: string;
  status: number;
  headers?: Record<string, string>;
  body: unknown;
  error?: string;
  consent?: boolean;
  granted?: string;
}

const table = JSON.parse(readFileSync(new URL("../../crates/auth0/tests/data/exchange_outcomes.json", import.meta.url), "utf8")) as {
  outcomes: Outcome[];
  sentences: Record<string, string>;
};
const question = "Am I free tomorrow at 9?";
const calendar = { connection: CONNECTION, requiredScopes: [FREE_BUSY] };
let deputy: Deputy;
/** When the test began: what the offline world saw before is not counted. */
let since: number;
const open: ChatSocket[] = [];
before(async () => {
  deputy = await startDeputy();
});
after(async () => {
  await Promise.all(open.map((socket) => socket.close()));
  await deputy.stop();
});

async function begin(user = "ana"): Promise<HttpClient> {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  await deputy.offline.clearFaults();
  const client = await deputy.login(user);
  await disconnectAll(client);
  since = Date.now();
  return client;
}

async function newChat(client: HttpClient): Promise<{ chat: string; socket: ChatSocket }> {
  const chat = await createChat(client);
  const socket = await openTab(client, chat);
  open.push(socket);
  return { chat, socket };
}

const calls = async (client: HttpClient, chat: string): Promise<Part[]> => toolParts(await history(client, chat));

/** A user of their own, for a row whose outcome outlasts it. */
async function stranger(number: number): Promise<HttpClient> {
  const user = { email: `row${number}@example.com`, password: "row-of-the-table" };
  await deputy.offline.control("POST", "/seed", {
    users: [
      {
        user_id: `auth0|row${number}`,
        connection: "Username-Password-Authentication",
        email_verified: true,
        name: "Row",
        nickname: "row",
        picture: "data:,",
        zoneinfo: "UTC",
        permissions: { "https://deputy.example/api": ["agent:chat"] },
        ...user,
      },
    ],
  });
  return await login(deputy.url, user);
}

test("TV-08 S-23: every row of the outcome table, injected at the tenant, is shown for what it is", async (t) => {
  let ana = await begin();
  for (const [number, row] of table.outcomes.entries()) {
    if (row.error === undefined) continue;
    await t.test(row.name, async () => {
      const client = row.error === "tenant_rate_limited" ? await stranger(number) : ana;
      const { chat, socket } = await newChat(client);
      await deputy.offline.fault({
        service: "tenant",
        method: "POST",
        path_prefix: "/oauth/token",
        status: row.status,
        body: row.body,
        headers: row.headers ?? {},
      });
      const request = say(socket, question);
      if (row.error === "session_ended") await socket.waitForClose();
      else await ended(socket, request, 30_000);
      await deputy.offline.clearFaults();
      if (row.error === "session_ended") {
        assert.doesNotMatch(errorOf(socket, request) ?? "", /TOKEN_VAULT_ERROR/);
        assert.equal((await client.get("/user", { headers: { accept: "application/json" } })).status, 401);
        ana = await deputy.login("ana");
        return;
      }
      const [part] = await calls(client, chat);
      if (row.consent) {
        const interrupt = interruptOf(socket, request);
        assert.deepEqual([interrupt.connection, interrupt.scopes, part?.state], [CONNECTION, [FREE_BUSY], "input-available"]);
        assert.deepEqual(interrupt.requiredScopes, [...(row.granted ?? "").split(" ").filter(Boolean), FREE_BUSY]);
        assert.equal(interrupt.message, `Authorization required to access the Token Vault: ${CONNECTION}.`);
      } else {
        assert.equal(errorOf(socket, request), undefined, "no card");
        assert.deepEqual([part?.state, part?.errorText], ["output-error", table.sentences[row.error ?? ""]]);
        assert.equal((await client.get("/user", { headers: { accept: "application/json" } })).status, 200, "the session lives");
      }
    });
  }
  assert.deepEqual(await freeBusyCalls(deputy.offline, since), []);
});

test("calls of several chats make one exchange, also when the first caller is stopped", async () => {
  // Not ana: her calls of the table above still wait, and would go on with the consent.
  const ben = await begin("ben");
  await connectCalendar(ben);
  const [first, second, third] = [await newChat(ben), await newChat(ben), await newChat(ben)];
  await deputy.offline.fault({ service: "tenant", method: "POST", path_prefix: "/oauth/token", delay_ms: 2_000, times: 1 });
  since = Date.now();
  const request = say(first.socket, question);
  await eventually("the call", () => first.socket.chunks(request).some(({ type }) => type === "tool-input-available"));
  await pause(300);
  const asked = [second, third].map(({ socket }) => ({ socket, request: say(socket, question) }));
  await pause(300);
  first.socket.send({ type: "cf_agent_chat_request_cancel", id: request });
  await ended(first.socket, request);
  for (const { socket, request } of asked) assert.match((await ended(socket, request)).text, /^You are free/);
  assert.equal((await exchanges(deputy.offline, since)).length, 1);
  assert.equal(
    (await deputy.offline.tokens<Token>()).filter(({ kind, issued_at }) => kind === "provider_access_token" && Number(issued_at) >= since).length,
    1,
  );
  assert.equal((await freeBusyCalls(deputy.offline, since)).length, 2, "the stopped one asked nobody");
});

test("S-23: after a 429 the tenant is not asked before its time, and then it is", async () => {
  const client = await stranger(1000);
  await connectCalendar(client);
  const { socket } = await newChat(client);
  since = Date.now();
  await deputy.offline.fault({
    service: "tenant",
    method: "POST",
    path_prefix: "/oauth/token",
    status: 429,
    headers: { "retry-after": "3" },
    body: { error: "too_many_requests" },
    times: 1,
  });
  for (let count = 0; count < 4; count += 1) await ask(socket, question);
  assert.deepEqual(
    (await exchanges(deputy.offline, since)).map(({ status }) => status),
    [429],
  );
  await pause(Math.max(0, since + 3_500 - Date.now()));
  assert.match((await ask(socket, question)).text, /^You are/);
  assert.deepEqual(
    (await exchanges(deputy.offline, since)).map(({ status }) => status),
    [429, 200],
  );
});

test("TV-20: the provider's token is renewed by the tenant; the next exchange brings the new one, without the user", async () => {
  const ana = await begin();
  await connectCalendar(ana);
  const { socket } = await newChat(ana);
  assert.match((await ask(socket, question)).text, /^You are busy/);
  await deputy.offline.control("POST", "/tokens/expire", { connection: CONNECTION });
  const turn = await ask(socket, question);
  assert.match(turn.text, /^You are busy/);
  assert.equal(turn.error, undefined);
  const issued = (await deputy.offline.tokens<Token>()).filter(
    ({ kind, issued_at }) => kind === "provider_access_token" && Number(issued_at) >= since,
  );
  assert.equal(new Set(issued.map(({ token }) => token)).size, 2);
  assert.equal((await freeBusyCalls(deputy.offline, since)).at(-1)?.status, 200);
});

test("TV-33: a connection that is not switched on is an understandable error in the chat and on the way to consent", async () => {
  const ana = await begin();
  const { chat, socket } = await newChat(ana);
  await deputy.offline.control("PATCH", `/connections/${CONNECTION}`, { connected_accounts: false });
  const request = say(socket, question);
  await ended(socket, request);
  assert.equal(errorOf(socket, request), undefined, "no card: consent would not help");
  assert.equal((await calls(ana, chat))[0]?.errorText, table.sentences.tenant_connection_not_enabled);
  assert.ok(
    deputy.worker.logs.some((line) => line.includes("tenant_connection_not_enabled") && line.includes("Connected Accounts for Token Vault")),
    "the log says what to change",
  );
  const page = await ana.get(connectPath(calendar), { follow: false, headers: { accept: "text/html" } });
  assert.equal(page.status, 400);
  assert.match(page.text, /This account cannot be connected\. The operator of this app may have to change a setting/);
  await deputy.offline.control("PATCH", `/connections/${CONNECTION}`, { connected_accounts: true });
});

test("TV-34: who has not logged in with Google, and who has, is asked for the account in the chat", async () => {
  await begin();
  const gina = new HttpClient(deputy.url);
  await gina.submit(await gina.get(`/auth/login?connection=${CONNECTION}`), {}, { button: /Gina/ });
  assert.match((await gina.json<{ sub: string }>("/user")).sub, /^google-oauth2\|/, "a log-in with Google does not fill the vault");
  for (const client of [await begin(), gina]) {
    const { chat, socket } = await newChat(client);
    const request = say(socket, question);
    await ended(socket, request);
    assert.equal(interruptOf(socket, request).connection, CONNECTION);
    await consent(client, interruptOf(socket, request));
    await eventually("the answer", async () => /^You are (busy|free)/.test(textOf((await history(client, chat)).at(-1))));
  }
});

test("HT-01 HT-02: two chats wait for the same account; each pause, answer and refusal stays in its own", async () => {
  const ana = await begin();
  const [one, two] = [await newChat(ana), await newChat(ana)];
  const requests = [say(one.socket, question), say(two.socket, "Am I free tomorrow at 11?")];
  await Promise.all([ended(one.socket, requests[0] ?? ""), ended(two.socket, requests[1] ?? "")]);
  const [mine, other] = [interruptOf(one.socket, requests[0] ?? ""), interruptOf(two.socket, requests[1] ?? "")];
  assert.notEqual(mine.interruptId, other.interruptId);
  assert.notDeepEqual(mine.toolCall, other.toolCall);
  one.socket.send({
    type: "cf_agent_tool_result",
    toolCallId: mine.toolCall.id,
    toolName: mine.toolCall.name,
    output: { notNow: true },
    autoContinue: true,
  });
  await eventually("the end of the first wait", async () => (await calls(ana, one.chat))[0]?.state === "output-error");
  assert.equal((await calls(ana, two.chat))[0]?.state, "input-available", "the other chat still waits");
  assert.ok(!JSON.stringify(two.socket.frames).includes(mine.toolCall.id), "and has heard nothing of it");
  await consent(ana, other);
  await eventually("the second answer", async () => textOf((await history(ana, two.chat)).at(-1)).startsWith("You are free"));
  assert.equal((await calls(ana, one.chat)).length, 1);
  assert.equal((await freeBusyCalls(deputy.offline, since)).length, 1, "the chat that said no ran nothing");
});

test("S-20: the transaction belongs to its user: somebody else who brings the callback gets nothing and spoils nothing", async () => {
  const ana = await begin();
  const ben = await deputy.login("ben");
  await disconnectAll(ben);
  const page = await ana.get(connectPath(calendar));
  const stop = await leg(ana, page);
  const stolen = await ben.get(stop, { follow: false, headers: { accept: "text/html" } });
  assert.equal(stolen.status, 400);
  assert.match(stolen.text, /Code: /);
  assert.deepEqual(await ben.json("/api/connections"), []);
  const end = await ana.get(stop);
  assert.equal(new URL(end.url).pathname, "/close", end.text.slice(0, 300));
  assert.equal((await ana.json<unknown[]>("/api/connections")).length, 1);
  assert.deepEqual(await ben.json("/api/connections"), []);
});

test("S-20: a refusal or an error of the provider is a state of the card, not a success", async () => {
  const ana = await begin();
  const { chat, socket } = await newChat(ana);
  const request = say(socket, question);
  await ended(socket, request);
  const interrupt = parseInterrupt(errorOf(socket, request));
  const end = await consent(ana, interrupt, /Cancel/);
  assert.equal(new URL(end.url).searchParams.get("connected"), "false");
  await deputy.offline.fault({ service: "tenant", path_prefix: "/me/v1/connected-accounts/complete", status: 500, body: "{}", times: 1 });
  const failed = await ana.submit(await ana.get(connectPath(interrupt)), {}, { button: /Allow/ });
  assert.equal(failed.status, 503);
  assert.match(failed.text, /tenant_down/);
  await pause(300);
  assert.equal((await calls(ana, chat))[0]?.state, "input-available", "still waiting");
  await consent(ana, interrupt);
  await eventually("the answer", async () => textOf((await history(ana, chat)).at(-1)).startsWith("You are busy"));
});

/** Goes from the provider's page as far as the application's callback and stops before it. */
async function leg(client: HttpClient, page: Awaited<ReturnType<HttpClient["get"]>>): Promise<string> {
  const fields = Object.fromEntries([...page.text.matchAll(/name="(ticket|account)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  const scopes = [...page.text.matchAll(/name="scope" value="([^"]*)"/g)].map(([, value]) => ["scope", value ?? ""]);
  const body = new URLSearchParams([...Object.entries(fields).map(([name, value]) => [name, String(value)]), ...scopes, ["decision", "allow"]]);
  let next = await client.request(new URL(new URL(page.url).pathname, page.url).href, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: new URL(page.url).origin },
    body,
    follow: false,
  });
  for (;;) {
    const target = new URL(next.headers.get("location") ?? "", next.url);
    if (target.origin === new URL(deputy.url).origin) return target.href;
    next = await client.get(target.href, { follow: false });
  }
}
