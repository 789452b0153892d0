// Whose authority the tools use: what the tenant and the provider see, what they may refuse, and what is written down.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ChatSocket, type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { ask, createChat, ended, errorOf, eventually, history, openTab, pause, say, textOf, toolParts } from "./support/chat.ts";
import { CONNECTION, FREE_BUSY, connectCalendar, consent, disconnectAll, interruptOf } from "./support/connect.ts";
import { rowsOf } from "./support/storage.ts";
import { type Token, exchanges, freeBusyCalls, modelCalls, seen } from "./support/world.ts";

let deputy: Deputy;
let ana: HttpClient;
let chat: string;
let socket: ChatSocket;
/** When the test began: what the offline world saw before is not counted. */
let since: number;
/** Everything that any socket of this file was told. */
const heard: unknown[] = [];
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());

async function begin(user = "ana"): Promise<void> {
  if (socket) {
    heard.push(...socket.frames);
    await socket.close();
  }
  ana = await deputy.login(user);
  await disconnectAll(ana);
  since = Date.now();
  chat = await createChat(ana);
  socket = await openTab(ana, chat);
}

const tokens = async (kind: string) => (await deputy.offline.tokens<Token>()).filter((one) => one.kind === kind);
const part = async () => toolParts(await history(ana, chat)).at(-1);

test("CF-26 OA-01 OA-02 OA-05: who am I? asks the tenant with the user's own login token", async () => {
  await begin();
  const turn = await ask(socket, "Who am I?");
  assert.match(turn.text, /^You are Ana Ferreira, signed in as ana@example\.com/);
  const calls = await seen(deputy.offline, "tenant", "/userinfo", since);
  assert.deepEqual(
    calls.map(({ method, status }) => [method, status]),
    [["GET", 200]],
  );
  const output = (await part())?.output as { result: { sub: string; email: string } };
  assert.equal(output.result.sub, (await deputy.offline.user("ana")).user_id);
  // It is this very token that was sent: once it is withdrawn, the tenant refuses (OA-03).
  const login = (await tokens("access_token")).filter(({ audience }) => audience?.includes("deputy.example"));
  assert.equal(login.length, 1, "no other token was asked for");
  await deputy.offline.control("POST", "/tokens/revoke", { token: login[0]?.token });
  await ask(socket, "Who am I?");
  assert.equal((await part())?.output, "I couldn't verify your identity");
  assert.deepEqual(
    (await seen(deputy.offline, "tenant", "/userinfo", since)).map(({ status }) => status),
    [200, 401],
  );
});

test("OA-03: a tenant that is down is said as well", async () => {
  await begin();
  await deputy.offline.fault({ service: "tenant", path_prefix: "/userinfo", status: 503, body: "{}", times: 1 });
  await ask(socket, "Who am I?");
  assert.equal((await part())?.output, "I couldn't verify your identity");
});

test("CF-11 TV-01 TV-03 TV-04 GC-02 GC-03 GC-04: the exchange uses the session's refresh token, asks for no wider scopes, and one free/busy call is made", async () => {
  await begin();
  await connectCalendar(ana);
  const refresh = (await tokens("refresh_token")).filter(({ revoked }) => !revoked);
  const turn = await ask(socket, "Am I free tomorrow at 9?");
  assert.match(turn.text, /^You are busy/);
  const [exchange, ...more] = await exchanges(deputy.offline, since);
  assert.deepEqual(more, []);
  const body = exchange?.body ?? {};
  assert.equal(body.connection, CONNECTION);
  assert.equal(body.subject_token_type, "urn:ietf:params:oauth:token-type:refresh_token");
  assert.equal(body.requested_token_type, "http://auth0.com/oauth/token-type/federated-connection-access-token");
  assert.ok(
    refresh.some(({ token }) => token === body.subject_token),
    "the session's own refresh token",
  );
  for (const wider of ["scope", "audience", "login_hint"]) assert.equal(body[wider], undefined, wider);
  const calls = await freeBusyCalls(deputy.offline, since);
  assert.equal(calls.length, 1);
  const sent = calls[0]?.body as { timeMin: string; timeMax: string };
  const date = String((toolParts(await history(ana, chat))[0]?.input as { date: string }).date);
  assert.deepEqual(calls[0]?.body, {
    timeMin: new Date(date).toISOString(),
    timeMax: new Date(Date.parse(date) + 3_600_000).toISOString(),
    timeZone: "UTC",
    items: [{ id: "primary" }],
  });
  assert.equal(Date.parse(sent.timeMax) - Date.parse(sent.timeMin), 3_600_000);
  assert.deepEqual(
    (await tokens("provider_access_token")).map(({ scope }) => scope),
    [FREE_BUSY],
  );
  // The token is kept: the next question needs no exchange.
  assert.match((await ask(socket, "Am I free tomorrow at 11?")).text, /^You are free/);
  assert.equal((await exchanges(deputy.offline, since)).length, 1);
  assert.equal((await freeBusyCalls(deputy.offline, since)).length, 2);
});

test("GC-05 TV-10: a provider's 401 costs the cached token; only a different one is tried again", async () => {
  await begin();
  await connectCalendar(ana);
  await ask(socket, "Am I free tomorrow at 9?");
  const before = (await exchanges(deputy.offline, since)).length;
  await deputy.offline.control("POST", "/tokens/expire", { connection: CONNECTION });
  const turn = await ask(socket, "Am I free tomorrow at 9?");
  assert.match(turn.text, /^You are busy/, turn.error);
  assert.equal((await exchanges(deputy.offline, since)).length, before + 1);
  assert.deepEqual(
    (await freeBusyCalls(deputy.offline, since)).map(({ status }) => status),
    [200, 401, 200],
  );
});

test("GC-05 TV-10: a provider that refuses a fresh token too asks for consent, and consent continues the call", async () => {
  await begin();
  await connectCalendar(ana);
  await deputy.offline.fault({
    service: "providers",
    path_prefix: "/google/calendar/v3/freeBusy",
    status: 401,
    body: { error: { code: 401 } },
    times: 2,
  });
  const request = say(socket, "Am I free tomorrow at 9?");
  await ended(socket, request);
  const interrupt = interruptOf(socket, request);
  assert.equal(interrupt.message, "Authorization required to access the Federated Connection");
  assert.equal(interrupt.connection, CONNECTION);
  assert.ok(interrupt.requiredScopes.includes(FREE_BUSY));
  await deputy.offline.clearFaults();
  await consent(ana, interrupt);
  await eventually("the answer", async () => /busy/.test(textOf((await history(ana, chat)).at(-1))));
});

test("GC-06 TV-10: any other failure keeps status and text, and is no consent card", async () => {
  await begin();
  await connectCalendar(ana);
  await deputy.offline.fault({ service: "providers", path_prefix: "/google/calendar/v3/freeBusy", status: 403, body: "x", times: 1 });
  const turn = await ask(socket, "Am I free tomorrow at 9?");
  assert.equal(turn.outcome, "completed");
  assert.deepEqual([(await part())?.state, (await part())?.errorText], ["output-error", "Invalid response from Google Calendar API: 403 - x"]);
  assert.match(turn.text, /403 - x/);
});

test("S-23: a tenant that is down or busy during the exchange is said, and is no consent card", async () => {
  for (const [status, body] of [
    [503, "{}"],
    [429, '{"error":"too_many_requests"}'],
  ] as const) {
    await begin();
    await connectCalendar(ana);
    await deputy.offline.fault({ service: "tenant", path_prefix: "/oauth/token", status, body, headers: { "retry-after": "1" } });
    const request = say(socket, "Am I free tomorrow at 9?");
    const end = await ended(socket, request, 30_000);
    await deputy.offline.clearFaults();
    assert.deepEqual([end.outcome, errorOf(socket, request)], ["completed", undefined]);
    assert.equal((await part())?.state, "output-error");
    assert.deepEqual(await freeBusyCalls(deputy.offline, since), []);
    await pause(1_100);
    assert.match((await ask(socket, "Am I free tomorrow at 9?")).text, /busy/, "afterwards it works");
  }
});

test("OA-08: two users who ask at the same time get their own calendars", async () => {
  await begin();
  const ben = await deputy.login("ben");
  await connectCalendar(ana);
  await connectCalendar(ben);
  const bens = await createChat(ben);
  const other = await openTab(ben, bens);
  const [mine, his] = await Promise.all([ask(socket, "Am I free tomorrow at 9?"), ask(other, "Am I free tomorrow at 9?")]);
  assert.match(mine.text, /^You are busy/);
  assert.match(his.text, /^You are free/);
  await other.close();
});

test("S-16: a call that waited over a logout runs with the authority of the new login, never of the session that has ended", async () => {
  await begin();
  const request = say(socket, "Am I free tomorrow at 9?");
  await ended(socket, request);
  const { toolCall } = interruptOf(socket, request);
  const revoked = (await deputy.offline.tokens<Token>()).filter(({ kind }) => kind === "refresh_token").map(({ token }) => token);
  await ana.post("/auth/logout", undefined, { follow: false });
  await socket.waitForClose();
  ana = await deputy.login("ana");
  await connectCalendar(ana);
  const found = await eventually("the wait to end", async () =>
    toolParts(await history(ana, chat)).find(({ toolCallId, state }) => toolCallId === toolCall.id && state !== "input-available"),
  );
  assert.deepEqual([found.state, found.output], ["output-available", { available: false }]);
  const subjects = (await exchanges(deputy.offline, since)).map(({ body }) => String(body?.subject_token));
  assert.ok(subjects.length > 0 && (await freeBusyCalls(deputy.offline, since)).length === 1);
  assert.ok(!subjects.slice(-1).some((token) => revoked.includes(token)), "the new login's refresh token");
});

test("TV-19: no token in any frame, log line or sentence to the model; every call is in the ledger", async () => {
  await begin();
  await connectCalendar(ana);
  await ask(socket, "Who am I?");
  await ask(socket, "Am I free tomorrow at 9?");
  await ask(socket, "Weather in Paris");
  const issued = (await deputy.offline.tokens<Token>()).map(({ token }) => token).filter((token) => token.length > 8);
  assert.ok(issued.length >= 4, String(issued.length));
  const places = {
    frames: JSON.stringify([...heard, ...socket.frames]),
    logs: deputy.worker.logs.join("\n"),
    model: JSON.stringify(await modelCalls(deputy.offline)),
  };
  for (const [place, text] of Object.entries(places)) for (const token of issued) assert.ok(!text.includes(token), `a token in ${place}`);
  const parts = toolParts(await history(ana, chat));
  await socket.close();
  await deputy.worker.stop();
  interface Row {
    call_id: string;
    chat: string;
    tool: string;
    effect: string;
    authority: string;
    session: string | null;
    digest: string;
    outcome: string;
    settled_at: number | null;
  }
  const rows = rowsOf<Row>(deputy.worker.persistDir, "ledger").filter((row) => row.chat === chat);
  const row = (tool: string) =>
    rows
      .filter((one) => one.tool === tool)
      .map(({ effect, authority, outcome, settled_at, session }) => [effect, authority, outcome, settled_at !== null, session !== null]);
  assert.deepEqual(row("get_user_info"), [["reads", "session", "completed", true, true]]);
  assert.deepEqual(row("checkUsersCalendar"), [["reads", `vault:${CONNECTION} ${FREE_BUSY}`, "completed", true, true]]);
  assert.deepEqual(row("getWeatherInformation"), [], "what waits for a yes has asked for no authority yet");
  assert.deepEqual(
    rows.map(({ call_id }) => call_id).sort(),
    parts
      .filter(({ state }) => state === "output-available")
      .map(({ toolCallId }) => toolCallId)
      .sort(),
  );
  assert.ok(rows.every(({ digest }) => digest.length >= 32));
});
