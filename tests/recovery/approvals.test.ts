// workerd is killed as a power cut would while the user's phone is asked, after it has answered, and while the order is sent.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { filesBelow, findLeaks, type Haystack, type Needle } from "../browser/support/leaks.ts";
import { type ChatSocket, type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { approvals, decide, denyAll, effects, pushes } from "../socket/support/approvals.ts";
import {
  type Message,
  type Part,
  createChat,
  ended,
  errorOf,
  eventually,
  history,
  openTab,
  pause,
  say,
  textOf,
  toolParts,
} from "../socket/support/chat.ts";
import { consent, disconnectAll, interruptOf } from "../socket/support/connect.ts";
import { change, databasesWith, queryFile } from "../socket/support/storage.ts";
import { modelCalls } from "../socket/support/world.ts";

let deputy: Deputy;
let ana: HttpClient;
let chat: string;
let since: number;
const open: ChatSocket[] = [];
/** Every socket of these tests. */
const sockets: ChatSocket[] = [];
before(async () => {
  deputy = await startDeputy({ vars: { LIMIT_APPROVALS_PER_HOUR: "100" } });
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1, approvals_per_minute: 1000 });
  ana = await deputy.login("ana");
});
beforeEach(async () => {
  await leave();
  await deputy.offline.clearFaults();
  await denyAll(deputy.offline);
  since = Date.now();
  chat = await createChat(ana);
});
after(async () => {
  await leave();
  await deputy.stop();
});

/** Nobody is connected any more. */
async function leave(): Promise<void> {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
}

async function tab(of = chat): Promise<ChatSocket> {
  const socket = await openTab(ana, of);
  open.push(socket);
  sockets.push(socket);
  return socket;
}

/** Says something that is asked about on the phone, and waits until it is. */
async function asked(sentence: string, of = chat): Promise<ChatSocket> {
  const socket = await tab(of);
  const request = say(socket, sentence);
  await ended(socket, request);
  assert.match(String(errorOf(socket, request)), /ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING/);
  return socket;
}

const call = async (of = chat): Promise<Part> => toolParts(await history(ana, of)).at(-1) ?? assert.fail("no call");
const orders = () => effects(deputy.offline, "stock.order", since);
const questions = async () => (await pushes(deputy.offline, since)).length;

/** What the model was given about these shares, once the tool had run. */
async function told(ticker: string): Promise<unknown[]> {
  const calls = await modelCalls(deputy.offline, since);
  return calls.filter(
    ({ body }) => JSON.stringify(body?.messages).includes(ticker) && (body?.messages as { role: string }[]).at(-1)?.role === "tool",
  );
}

async function answer(of = chat): Promise<Message> {
  return await eventually(
    "the answer",
    async () => {
      const messages = await history(ana, of);
      const part = toolParts(messages).at(-1);
      return (part?.state ?? "").startsWith("output") && textOf(messages.at(-1)) !== "" && messages.at(-1);
    },
    30_000,
  );
}

test("CF-28 AA-09 AA-08 AA-01: killed while the phone is asked, approved while it is down: the tool runs once and the answer appears, with nobody connected", async () => {
  await asked("Buy 31 shares of GOOGL");
  await leave();
  await deputy.worker.kill();
  await decide(deputy.offline, "approve");
  await deputy.worker.start();
  // Nobody looks at the chat: its alarm alone finds the yes.
  await eventually("the order", async () => (await orders()).length > 0, 30_000);
  await eventually("the model is told", async () => (await told("GOOGL")).length > 0, 15_000);
  assert.match(textOf(await answer()), /31 GOOGL was answered with: OK/);
  assert.equal((await call()).output, "OK");
  await pause(1_500);
  assert.deepEqual([(await orders()).length, await questions()], [1, 1]);
});

test("CF-28 AA-05: killed while the phone is asked, refused while it is down: nothing runs, and that is said", async () => {
  await asked("Buy 32 shares of GOOGL");
  await leave();
  await deputy.worker.kill();
  await decide(deputy.offline, "deny");
  await deputy.worker.start();
  await eventually("the model is told", async () => (await told("GOOGL")).length > 0, 30_000);
  assert.equal((await call()).errorText, "The user has denied the request");
  assert.deepEqual([(await orders()).length, await questions()], [0, 1]);
});

test("CF-28 AA-09: killed between the yes and the run: the yes is not asked for again, and the tool runs once", async () => {
  await disconnectAll(ana);
  const socket = await asked("Deploy ana-ferreira/invoices to production");
  await decide(deputy.offline, "approve");
  // Approved; now the account is missing.
  const shown = await socket.waitFor((frame) => frame.error === true && String(frame.body).includes('"connection"'), 15_000);
  const card = interruptOf(socket, String(shown.id));
  await deputy.worker.restart();
  await consent(ana, card);
  await answer();
  assert.equal((await call()).state, "output-available");
  assert.deepEqual([(await effects(deputy.offline, "github.deployment", since)).length, await questions()], [1, 1]);
});

test("AA-03: killed while the yes was on its way: the token is lost with it, so nothing runs, and that is said", async () => {
  await asked("Buy 33 shares of GOOGL");
  await leave();
  await deputy.offline.fault({ service: "tenant", path_prefix: "/oauth/token", after: true, delay_ms: 60_000, times: 1 });
  await decide(deputy.offline, "approve");
  await eventually("the tenant has handed the token out", async () =>
    (await approvals(deputy.offline, "used")).some((one) => JSON.stringify(one).includes("33 shares")),
  );
  await deputy.worker.restart();
  await eventually("the model is told", async () => (await told("GOOGL")).length > 0, 30_000);
  assert.equal((await call()).state, "output-error");
  assert.deepEqual([(await orders()).length, await questions()], [0, 1]);
});

/** An order that was taken, while the Worker died waiting for the answer; the socket of who comes back. */
async function cutOff(sentence: string): Promise<ChatSocket> {
  await asked(sentence);
  await deputy.offline.fault({ service: "providers", path_prefix: "/stock/orders", after: true, delay_ms: 60_000, times: 1 });
  await decide(deputy.offline, "approve");
  await eventually("the order was taken", async () => (await orders()).length === 1);
  await deputy.worker.kill();
  await leave();
  await deputy.worker.start();
  const socket = await eventually(
    "the card",
    async () => {
      const again = await tab();
      if (again.frames.some(({ body }) => String(body).includes("DEPUTY_OUTCOME_UNKNOWN"))) return again;
      const offer = again.frames.find(({ type }) => type === "cf_agent_stream_resuming");
      if (offer) again.send({ type: "cf_agent_stream_resume_ack", id: offer.id });
      await pause(300);
      return again.frames.some(({ body }) => String(body).includes("DEPUTY_OUTCOME_UNKNOWN")) && again;
    },
    30_000,
  );
  await pause(2_000);
  assert.deepEqual([(await orders()).length, await questions()], [1, 1], "nothing is repeated by itself");
  assert.equal((await call()).state, "input-available", "it waits for somebody who knows");
  return socket;
}

const result = (toolCallId: unknown, output: unknown) => ({ type: "cf_agent_tool_result", toolCallId, toolName: "x", output, autoContinue: true });

test("CF-28 AA-09: killed while the order is sent: unknown, never repeated silently; retry asks the phone again, and the shop takes it once", async () => {
  const socket = await cutOff("Buy 34 shares of GOOGL");
  socket.send(result((await call()).toolCallId, { outcome: "retry" }));
  await eventually("a second question", async () => (await questions()) === 2);
  assert.equal((await orders()).length, 1, "not before the second yes");
  await decide(deputy.offline, "approve");
  assert.match(textOf(await answer()), /34 GOOGL was answered with: OK/);
  assert.equal((await orders()).length, 1, "the call's id is the order's key");
});

test("CF-28 AA-09: killed while the order is sent: the user says that it happened, and nothing more is sent", async () => {
  const socket = await cutOff("Buy 35 shares of GOOGL");
  socket.send(result((await call()).toolCallId, { outcome: "done" }));
  await answer();
  await pause(1_500);
  assert.deepEqual([(await orders()).length, await questions()], [1, 1]);
});

test("AA-09 CF-28: two approvals wait in two chats, both survive, each runs once", async () => {
  const second = await createChat(ana);
  await asked("Buy 36 shares of GOOGL");
  await asked("Buy 37 shares of MSFT", second);
  await leave();
  await deputy.worker.kill();
  await decide(deputy.offline, "approve", /MSFT/);
  await deputy.worker.start();
  await eventually("the second order", async () => (await orders()).length === 1, 30_000);
  assert.match(textOf(await answer(second)), /37 MSFT/);
  assert.equal((await call()).state, "input-available", "the first still waits");
  await decide(deputy.offline, "approve", /GOOGL/);
  assert.match(textOf(await answer()), /36 GOOGL/);
  assert.deepEqual([(await orders()).length, await questions()], [2, 2]);
});

interface Row {
  seq: number;
  body: string;
}

/** The stored call of a chat: its file, row and record. The Worker is stopped. */
function storedCall(sentence: string): {
  file: string;
  seq: number;
  record: { call_requested: { call: { input: { qty: number }; digest: string } } };
} {
  for (const file of databasesWith(deputy.worker.persistDir, "log")) {
    const rows = queryFile<Row>(file, "SELECT seq, body FROM log");
    const row = rows.find(({ body }) => body.startsWith('{"call_requested"'));
    if (row && rows.some(({ body }) => body.includes(sentence))) return { file, seq: row.seq, record: JSON.parse(row.body) };
  }
  return assert.fail(`no call about ${sentence}`);
}

const overwrite = (file: string, seq: number, record: unknown) =>
  change(file, `UPDATE log SET body = '${JSON.stringify(record).replaceAll("'", "''")}' WHERE seq = ${seq}`);

test("S-09: the stored call is changed while the Worker is stopped: neither the changed input nor one whose digest fits is run", async () => {
  const [plain, fitting, other] = [chat, await createChat(ana), await createChat(ana)];
  await asked("Buy 41 shares of GOOGL", plain);
  await asked("Buy 42 shares of GOOGL", fitting);
  // A call of the same account whose digest fits its input, and that nobody approves.
  await asked("Buy 999 shares of GOOGL", other);
  await decide(deputy.offline, "deny", /999 shares/);
  await eventually("the end of the other", async () => (await call(other)).state === "output-error");
  await asked("Buy 998 shares of GOOGL", other);
  await leave();
  await deputy.worker.kill();
  const first = storedCall("Buy 41 shares");
  first.record.call_requested.call.input.qty = 998;
  overwrite(first.file, first.seq, first.record);
  const second = storedCall("Buy 42 shares");
  const model = storedCall("Buy 998 shares").record.call_requested.call;
  assert.equal(model.input.qty, 998);
  Object.assign(second.record.call_requested.call, { input: model.input, digest: model.digest });
  overwrite(second.file, second.seq, second.record);
  await decide(deputy.offline, "approve", /4[12] shares/);
  await deputy.worker.start();
  for (const changed of [plain, fitting]) {
    await answer(changed);
    const part = await call(changed);
    assert.deepEqual([part.state, (part.input as { qty: number }).qty], ["output-error", 998]);
    assert.match(String(part.errorText), /not (the one that was asked for|what was approved)/);
  }
  assert.deepEqual(await orders(), []);
  assert.equal((await call(other)).state, "input-available", "what was not touched still waits");
});

test("S-24 S-25 S-06: after all of this no storage, log, frame or prompt holds a request id of the tenant or a token of an approval", async () => {
  const questioned = await approvals(deputy.offline);
  const issued = await deputy.offline.tokens<{ kind: string; token: string; audience: string | null }>();
  const tokens = issued.filter(({ audience }) => audience === "sample-stock-api");
  assert.ok(questioned.length >= 8 && tokens.length >= 4, `${questioned.length} questions, ${tokens.length} tokens`);
  const needles: Needle[] = [
    ...questioned.map(({ auth_req_id: value }, index) => ({ name: `auth_req_id ${index}`, value })),
    ...tokens.map(({ token: value }, index) => ({ name: `token ${index}`, value })),
  ];
  assert.ok(needles.every(({ value }) => value.length >= 16));
  const prompts = await modelCalls(deputy.offline);
  await leave();
  await deputy.worker.stop();
  const files = filesBelow(deputy.worker.persistDir);
  // A search that finds nothing proves something only where other things are found.
  assert.ok(
    files.some(({ bytes }) => bytes.includes("Do you want to buy")),
    "the questions are on disk",
  );
  const texts = {
    "the log": deputy.worker.logs.join("\n"),
    frames: JSON.stringify(sockets.map(({ frames }) => frames)),
    prompts: JSON.stringify(prompts),
  };
  assert.ok(Object.values(texts).every((text) => text.length > 1_000));
  const places: Haystack[] = Object.entries(texts).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
  assert.deepEqual(findLeaks(needles, [...files, ...places]), []);
});
