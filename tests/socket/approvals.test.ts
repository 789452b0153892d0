// Approvals on the user's device, end to end: the tenant asks, the phone answers, the alarm finds out, the tool runs once.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type ChatSocket, type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { type Approval, approvals, decide, denyAll, effects, polls, pushes } from "./support/approvals.ts";
import {
  type Message,
  type Part,
  ask,
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
} from "./support/chat.ts";
import { acceptedByV5 } from "./support/ai-v5.ts";
import { parseInterrupt } from "./support/connect.ts";

let deputy: Deputy;
let ana: HttpClient;
let chat: string;
let tab: ChatSocket;
let since: number;
const open: ChatSocket[] = [];
before(async () => {
  deputy = await startDeputy({ vars: { LIMIT_APPROVALS_PER_HOUR: "100" } });
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1, approvals_per_minute: 1000 });
  ana = await deputy.login("ana");
});
beforeEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  await denyAll(deputy.offline);
  since = Date.now();
  chat = await createChat(ana);
  tab = await another();
});
after(async () => {
  await Promise.all(open.map((socket) => socket.close()));
  await deputy.stop();
});

async function another(): Promise<ChatSocket> {
  const socket = await openTab(ana, chat);
  open.push(socket);
  return socket;
}

interface Pending {
  code: string;
  message: string;
  approvalCode: string;
  bindingMessage: string;
  request: { id: string; requestedAt: number; expiresIn: number; interval: number };
  toolCall: { id: string; name: string; args: Record<string, unknown> };
  interruptId: string;
}

/** Another number each time: identical questions merge while one is open. */
let quantity = 20;

/** Asks for something that needs an approval; the interrupt. */
async function buy(sentence = `Buy ${(quantity += 1)} shares of GOOGL`, socket = tab): Promise<Pending> {
  const request = say(socket, sentence);
  await ended(socket, request);
  return parseInterrupt(errorOf(socket, request)) as unknown as Pending;
}

/** The question that was asked last. */
const asked = async () => (await approvals(deputy.offline)).at(-1) as Approval;

async function settled(answer: RegExp): Promise<Message[]> {
  return await eventually(`an answer like ${answer}`, async () => {
    const messages = await history(ana, chat);
    return answer.test(textOf(messages.at(-1))) && messages;
  });
}

const result = (toolCallId: string, output: unknown) => ({ type: "cf_agent_tool_result", toolCallId, toolName: "x", output, autoContinue: true });
const only = (messages: Message[]): Part => toolParts(messages).at(-1) as Part;

test("CF-27 CF-28 AA-01 AA-02 AA-03 AA-04 AA-06 AA-07 AA-12 AA-13 AA-18 AA-24: Buy 3 shares of GOOGL: one question, the phone says yes, the tool runs once, the answer comes by itself", async () => {
  const other = await another();
  const interrupt = await buy("Buy 3 shares of GOOGL");
  assert.equal(interrupt.code, "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING");
  assert.equal(interrupt.message, "An authorization request was sent to your mobile device.", "AA-10");
  assert.deepEqual(interrupt.toolCall.args, { ticker: "GOOGL", qty: 3 });
  const [sent] = await pushes(deputy.offline, since);
  assert.equal((await pushes(deputy.offline, since)).length, 1);
  assert.equal(sent?.body?.binding_message, "Do you want to buy 3 shares of GOOGL");
  assert.equal(sent?.body?.scope, "openid stock:trade");
  assert.equal(sent?.body?.audience, "sample-stock-api");
  assert.equal(sent?.body?.requested_expiry, undefined, "AA-11");
  assert.match(String(sent?.body?.login_hint), new RegExp(String((await deputy.offline.user("ana")).user_id).replace("|", "\\|")));
  const [onPhone] = await approvals(deputy.offline, "pending");
  assert.match(JSON.stringify(onPhone), new RegExp(interrupt.approvalCode), "the card's code stands on the phone");
  assert.deepEqual(await effects(deputy.offline, "stock.order", since), [], "not entered before the yes");
  await decide(deputy.offline, "approve");
  const messages = await settled(/OK|order|bought/i);
  assert.deepEqual([only(messages).state, only(messages).output], ["output-available", "OK"]);
  assert.equal((await effects(deputy.offline, "stock.order", since)).length, 1);
  await other.waitFor((frame) => frame.type === "cf_agent_use_chat_response" && frame.done === true && frame.continuation === true);
});

test("CF-24 CF-27: a task that comes due while the device is asked runs at once; the question stays, and its answer is told afterwards", async () => {
  await ask(tab, "In 2 seconds remind me to stretch");
  await buy();
  const bought = (messages: Parameters<typeof toolParts>[0]) => toolParts(messages).find(({ type }) => type === "tool-buyStock");
  await eventually("the task", async () => (await history(ana, chat)).map(textOf).includes("Reminder: stretch"));
  assert.equal(bought(await history(ana, chat))?.state, "input-available", "still asked");
  await decide(deputy.offline, "approve");
  await eventually("the order", async () => bought(await history(ana, chat))?.state === "output-available");
  assert.equal((await effects(deputy.offline, "stock.order", since)).length, 1);
  const messages = await eventually("the report", async () => {
    const all = await history(ana, chat);
    return all.at(-1)?.role === "assistant" && textOf(all.at(-1)) !== "Reminder: stretch" && all;
  });
  const told = messages.map(textOf);
  assert.ok(told.indexOf("Running scheduled task: stretch") < told.length - 2, told.join(" | "));
});

test("S-24: the tenant's id of the request reaches no client, and the interrupt is one that every generation accepts", async () => {
  const interrupt = await buy();
  const [onPhone] = await approvals(deputy.offline, "pending");
  const frames = JSON.stringify(tab.frames) + JSON.stringify(await history(ana, chat)) + deputy.worker.logs.join("\n");
  for (const secret of [String(onPhone?.auth_req_id)]) assert.ok(secret.length > 8 && !frames.includes(secret), secret);
  assert.equal(interrupt.request.id, interrupt.interruptId);
  await acceptedByV5(tab);
  await decide(deputy.offline, "deny");
  await settled(/./);
});

test("AA-05: a no on the phone: the tool is not run and the user is told", async () => {
  await buy();
  await decide(deputy.offline, "deny");
  const part = await eventually("the end", async () => toolParts(await history(ana, chat)).find(({ state }) => state === "output-error"));
  assert.equal(part.errorText, "The user has denied the request");
  assert.deepEqual(await effects(deputy.offline, "stock.order", since), []);
});

for (const [wrong, code] of [
  ["other_user", "approval_of_other_user"],
  ["other_signature", "approval_not_verified"],
  ["missing", "approval_of_nobody"],
] as const) {
  test(`AA-12: a yes whose ID token is wrong (${wrong}) counts for nothing: it is over, and nothing runs`, async () => {
    await deputy.offline.control("PATCH", "/policies", { later_id_tokens: wrong });
    try {
      await buy();
      await decide(deputy.offline, "approve");
      const part = await eventually("the end", async () => toolParts(await history(ana, chat)).find(({ state }) => state === "output-error"));
      assert.match(String(part.errorText), /so it was not run\.$/);
      assert.ok(
        deputy.worker.logs.some((line) => line.includes(code)),
        code,
      );
      assert.deepEqual(await effects(deputy.offline, "stock.order", since), []);
    } finally {
      await deputy.offline.control("PATCH", "/policies", { later_id_tokens: "good" });
    }
  });
}

test("AA-27: nobody answers: the wait ends when the request does, and polling stops", async () => {
  await buy();
  await deputy.offline.clock(301_000);
  try {
    const part = await eventually("the end", async () => toolParts(await history(ana, chat)).find(({ state }) => state === "output-error"), 20_000);
    assert.match(String(part.errorText), /expired|no longer valid/);
    const before = (await polls(deputy.offline, await asked())).length;
    await pause(2_500);
    assert.equal((await polls(deputy.offline, await asked())).length, before);
    assert.deepEqual(await effects(deputy.offline, "stock.order", since), []);
  } finally {
    await deputy.offline.clock(0);
  }
});

test("S-09 S-10: the chat cannot say yes for the phone, whatever a client sends", async () => {
  const { toolCall } = await buy();
  const call = toolCall.id;
  for (const output of [
    { continueInterruption: true, toolName: "buyStock" },
    "Yes, confirmed.",
    { outcome: "retry" },
    { outcome: "done" },
    { approved: true },
  ])
    tab.send(result(call, output));
  tab.send({ type: "cf_agent_tool_approval", toolCallId: call, approved: true, autoContinue: true });
  await pause(1_500);
  assert.deepEqual(await effects(deputy.offline, "stock.order", since), []);
  assert.equal(only(await history(ana, chat)).state, "input-available");
  assert.equal((await pushes(deputy.offline, since)).length, 1);
  tab.send(result(call, { notNow: true }));
  await eventually("the end", async () => toolParts(await history(ana, chat)).find(({ state }) => state === "output-error"));
  await decide(deputy.offline, "approve");
  await pause(2_500);
  assert.deepEqual(await effects(deputy.offline, "stock.order", since), [], "a yes after it was withdrawn runs nothing");
});

test("AA-15 AA-24: shop_online orders after the yes; above the price limit the shop's no is a sentence", async () => {
  await buy("Buy an XYZ phone");
  await decide(deputy.offline, "approve");
  await settled(/./);
  const [order] = await effects(deputy.offline, "shop.order", since);
  assert.ok(order, "ordered");
  assert.equal(only(await history(ana, chat)).output, "OK");
  const { toolCall } = await buy("Buy 2 XYZ phones for less than $1");
  assert.equal(toolCall.args.priceLimit, 1);
  await decide(deputy.offline, "approve");
  const refused = await eventually("the shop's no", async () =>
    toolParts(await history(ana, chat)).find(({ toolCallId, state }) => toolCallId === toolCall.id && state === "output-error"),
  );
  assert.equal(refused.errorText, "The shop did not take the order (409): The price is above the limit.");
  assert.equal((await effects(deputy.offline, "shop.order", since)).length, 1);
});

test("AA-27: the tenant counts the polls: none sooner than its interval, longer after slow_down", async () => {
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 2 });
  try {
    await buy();
    const question = await asked();
    await pause(5_000);
    const times = (await polls(deputy.offline, question)).map(({ at_ms }) => at_ms);
    assert.ok(times.length >= 1 && times.length <= 3, `${times.length} polls in five seconds`);
    times.slice(1).forEach((at, index) => assert.ok(at - (times[index] as number) >= 1_900, `${at - (times[index] as number)} ms apart`));
    assert.ok((await polls(deputy.offline, question)).every(({ status }) => status !== 429));
    await deputy.offline.fault({ service: "tenant", path_prefix: "/oauth/token", status: 400, body: { error: "slow_down" }, times: 1 });
    const before = (await polls(deputy.offline, question)).length;
    await eventually("the slow_down", async () => (await polls(deputy.offline, question)).length > before, 6_000);
    const slowed = (await polls(deputy.offline, question)).length;
    await pause(5_500);
    assert.equal((await polls(deputy.offline, question)).length, slowed, "five seconds more than before");
    await decide(deputy.offline, "approve");
    await eventually("the answer", async () => only(await history(ana, chat)).state === "output-available", 10_000);
  } finally {
    await deputy.offline.control("PATCH", "/policies", { polling_interval: 1 });
  }
});

test("S-24: a transport error starts no second question; the next identical one waits", async () => {
  await deputy.offline.fault({ service: "tenant", path_prefix: "/bc-authorize", status: 502, body: {}, times: 1 });
  const turn = await ask(tab, "Buy 5 shares of MSFT");
  assert.equal(turn.outcome, "completed");
  const part = only(await history(ana, chat));
  assert.equal(part.state, "output-error");
  assert.match(String(part.errorText), /not certain whether you were asked/);
  assert.equal((await pushes(deputy.offline, since)).length, 1);
  await ask(tab, "Buy 5 shares of MSFT");
  assert.equal((await pushes(deputy.offline, since)).length, 1);
});

test("AA-21: a user without a device is told so, and the turn ends", async () => {
  await deputy.offline.fault({
    service: "tenant",
    path_prefix: "/bc-authorize",
    status: 400,
    body: { error: "invalid_request", error_description: "User does not have push notifications enrolled" },
    times: 1,
  });
  await ask(tab, "Buy 1 share of AAPL");
  assert.match(String(only(await history(ana, chat)).errorText), /no device set up/);
});

test("AA-08 AA-09: several wait at once, in two chats; reload shows the same card", async () => {
  const first = await buy();
  const secondChat = await createChat(ana);
  const secondTab = await openTab(ana, secondChat);
  open.push(secondTab);
  const request = say(secondTab, "Buy 7 shares of AMZN");
  await ended(secondTab, request);
  assert.equal((await approvals(deputy.offline, "pending")).length, 2);
  const reloaded = await another();
  reloaded.send({ type: "cf_agent_stream_resume_request" });
  const offer = await reloaded.waitFor((frame) => frame.type === "cf_agent_stream_resuming");
  reloaded.send({ type: "cf_agent_stream_resume_ack", id: offer.id });
  const shown = await reloaded.waitFor((frame) => frame.type === "cf_agent_use_chat_response" && frame.error === true);
  assert.deepEqual((parseInterrupt(String(shown.body)) as unknown as Pending).approvalCode, first.approvalCode);
  await decide(deputy.offline, "approve", /AMZN/);
  await eventually("the second", async () => only(await history(ana, secondChat)).state === "output-available");
  assert.equal(only(await history(ana, chat)).state, "input-available");
  await decide(deputy.offline, "approve", /GOOGL/);
  await settled(/./);
});

test("an order whose answer was lost is unknown, and made again only with a new yes; the shop takes it once", async () => {
  await deputy.offline.fault({ service: "providers", path_prefix: "/stock/orders", drop: true, times: 1 });
  const { toolCall } = await buy("Buy 2 shares of TSLA");
  await decide(deputy.offline, "approve");
  const shown = await tab.waitFor(
    (frame) => frame.type === "cf_agent_use_chat_response" && frame.error === true && String(frame.body).includes("DEPUTY_OUTCOME_UNKNOWN"),
  );
  assert.match(String(shown.body), new RegExp(toolCall.id));
  await pause(1_500);
  assert.equal((await pushes(deputy.offline, since)).length, 1, "nothing is repeated by itself");
  tab.send(result(toolCall.id, { outcome: "retry" }));
  await eventually("a second question", async () => (await pushes(deputy.offline, since)).length === 2);
  await decide(deputy.offline, "approve");
  await eventually("the answer", async () => only(await history(ana, chat)).state === "output-available");
  assert.equal((await effects(deputy.offline, "stock.order", since)).length, 1, "the call's id is the order's key");
});

test("S-16: logged out while the device is asked: a yes there afterwards buys nothing, now or after the next login", async () => {
  const ben = await deputy.login("ben");
  const bens = await createChat(ben);
  const socket = await openTab(ben, bens);
  const request = say(socket, "Buy 4 shares of NFLX");
  await ended(socket, request);
  await ben.post("/auth/logout", undefined, { follow: false });
  await socket.waitForClose();
  await decide(deputy.offline, "approve", /NFLX/);
  await pause(3_000);
  assert.deepEqual(await effects(deputy.offline, "stock.order", since), []);
  const back = await deputy.login("ben");
  const part = await eventually("the end", async () => {
    const one = only(await history(back, bens));
    return one.state === "output-error" && one;
  });
  assert.equal(part.errorText, "Your session ended before you approved this, so it was not run.");
  assert.deepEqual((part.callProviderMetadata as { deputy: object }).deputy, {
    outcome: "not_run",
    code: "session_ended",
    message: part.errorText,
  });
  await pause(3_000);
  assert.deepEqual(await effects(deputy.offline, "stock.order", since), []);
});

test("the same order once more, in the chat and in another one, is asked for as a second time, and each question has a code of its own", async () => {
  const first = await buy("Buy 9 shares of AMZN");
  await decide(deputy.offline, "approve", /AMZN/);
  await eventually("the order", async () => only(await history(ana, chat)).state === "output-available");
  const second = await buy("Buy 9 shares of AMZN");
  assert.match(second.message, /^A second time: buyStock was done at \d\d:\d\d\. /);
  assert.match(second.bindingMessage, /^Again, done at \d\d:\d\d: Do you want to buy 9 shares of [A-Z]+$/);
  assert.match(String((await asked()).binding_message), /^Again, done at /);
  await decide(deputy.offline, "deny", /AMZN/);
  await eventually("the no", async () => only(await history(ana, chat)).state === "output-error");
  chat = await createChat(ana);
  const third = await buy("Buy 9 shares of AMZN", await another());
  assert.match(third.bindingMessage, /^Again, done at /);
  assert.equal(new Set([first, second, third].map(({ approvalCode }) => approvalCode)).size, 3, "never one code for two questions");
  assert.equal((await effects(deputy.offline, "stock.order", since)).length, 1);
});
