// Turns over a raw socket: the order of frames, stopping, clearing, several tabs, regenerate, the queue.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ChatSocket, type Frame, type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import {
  ask,
  chatRequest,
  createChat,
  ended,
  errorOf,
  eventually,
  history,
  isDone,
  lastList,
  openTab,
  pause,
  say,
  textOf,
  userMessage,
} from "./support/chat.ts";
import { modelCalls } from "./support/world.ts";

let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
});
after(() => deputy.stop());

const open: ChatSocket[] = [];
after(() => Promise.all(open.map((socket) => socket.close())));

/** A new chat with `tabs` open sockets. */
async function chat(tabs = 1): Promise<{ id: string; sockets: ChatSocket[]; socket: ChatSocket; other: ChatSocket }> {
  const id = await createChat(ana);
  const sockets: ChatSocket[] = [];
  for (let tab = 0; tab < tabs; tab += 1) sockets.push(await openTab(ana, id));
  open.push(...sockets);
  const [socket, other = socket] = sockets;
  return { id, sockets, socket: socket as ChatSocket, other: other as ChatSocket };
}

const isText = (frame: Frame) => String(frame.body).includes("text-delta");

test("CF-09 OA-06 UA-18 CF-12 CF-15: a turn is start, steps, finish, done, and the model is asked as the documents say", async () => {
  const { id, socket } = await chat();
  const turn = await ask(socket, "What time is it in Tokyo?");
  assert.deepEqual([turn.outcome, turn.error], ["completed", undefined]);
  assert.match(turn.text, /^In Tokyo it is .*\+09:00\.$/);
  const kinds = socket
    .chunks(turn.id)
    .map(({ type }) => type)
    .filter((type, at, all) => type !== all[at - 1]);
  assert.deepEqual(kinds, [
    "start",
    "start-step",
    "tool-input-available",
    "tool-output-available",
    "finish-step",
    "start-step",
    "text-start",
    "text-delta",
    "text-end",
    "finish-step",
    "finish",
  ]);
  const messages = await history(ana, id);
  assert.equal(socket.chunks(turn.id)[0]?.messageId, messages[1]?.id);
  assert.equal(textOf(messages[1]), turn.text);
  const calls = await modelCalls(deputy.offline);
  const body = calls.at(-1)?.body as { stream: boolean; messages: { role: string; content: string }[]; tools: { function: { name: string } }[] };
  assert.equal(body.stream, true);
  const [system] = body.messages;
  assert.match(system?.content ?? "", /You are a helpful assistant that can do various tasks\./);
  assert.match(system?.content ?? "", /use the schedule tool/);
  assert.match(system?.content ?? "", /The name of the user is Ana Ferreira\./);
  assert.doesNotMatch(system?.content ?? "", /Time zone|Current time/);
  assert.match(
    body.messages.find(({ role }) => role === "user")?.content ?? "",
    /\n\n\[Now: \w+day \d{4}-\d\d-\d\d, \d\d:\d\d, time zone Europe\/Berlin, UTC\+0\d:00\. Tomorrow is /,
  );
  const names = body.tools.map((tool) => tool.function.name);
  // CF-25 and CF-26, without buyStock, which comes with approvals.
  for (const name of [
    "getWeatherInformation",
    "getLocalTime",
    "scheduleTask",
    "getScheduledTasks",
    "cancelScheduledTask",
    "checkUsersCalendar",
    "get_user_info",
  ])
    assert.ok(names.includes(name), name);
});

test("two tabs: the other sees the question, the stream and then the transcript, in that order", async () => {
  const { sockets, socket, other } = await chat(2);
  const turn = await ask(socket, "Thanks");
  await other.waitFor(isDone(turn.id));
  assert.equal(other.text(turn.id), turn.text);
  const order = other.frames
    .map((frame) =>
      frame.type === "cf_agent_chat_messages"
        ? `list ${(frame.messages as unknown[]).length}`
        : frame.done === true
          ? "done"
          : isText(frame)
            ? "text"
            : "",
    )
    .filter(Boolean);
  assert.deepEqual(
    order.filter((kind, at) => kind !== order[at - 1]),
    ["list 1", "text", "list 2", "done"],
  );
  assert.equal(lastList(socket), undefined, "who asked has built the answer from the stream");
  const again = await ask(other, "Thanks");
  await socket.waitFor(isDone(again.id));
  assert.equal(lastList(socket)?.length, 4);
  assert.equal(sockets.length, 2);
});

test("cancel: a running turn stops and keeps what was said", async () => {
  const { id, socket, other } = await chat(2);
  const turn = say(socket, "Tell me a slow story");
  await socket.waitFor((frame) => frame.id === turn && isText(frame));
  await pause(300);
  other.send({ type: "cf_agent_chat_request_cancel", id: turn });
  const end = await ended(socket, turn);
  assert.equal(end.outcome, "aborted");
  const count = socket.frames.length;
  await pause(400);
  assert.equal(socket.frames.slice(count).filter(({ id: frame }) => frame === turn).length, 0, "nothing follows the end");
  const kept = (await history(ana, id)).at(-1);
  assert.deepEqual(kept?.metadata, { stopped: true });
  assert.equal(textOf(kept), end.text);
  assert.equal((await ask(socket, "Thanks")).outcome, "completed");
});

test("cancel: an unknown request is ignored", async () => {
  const { socket } = await chat();
  socket.send({ type: "cf_agent_chat_request_cancel", id: "no-such-request" });
  assert.equal((await ask(socket, "Thanks")).outcome, "completed");
});

test("cancel: right behind the request, and while it waits in the queue", async () => {
  const { id, socket } = await chat();
  const first = say(socket, "Tell me a slow story");
  socket.send({ type: "cf_agent_chat_request_cancel", id: first });
  assert.equal((await ended(socket, first)).outcome, "aborted");
  const running = say(socket, "Tell me a slow story");
  await socket.waitFor((frame) => frame.id === running && isText(frame));
  const queued = say(socket, "What time is it in Tokyo?");
  socket.send({ type: "cf_agent_chat_request_cancel", id: queued });
  await socket.waitFor(isDone(queued));
  socket.send({ type: "cf_agent_chat_request_cancel", id: running });
  await ended(socket, running);
  await pause(300);
  assert.deepEqual(socket.chunks(queued), [], "it never ran");
  const texts = (await history(ana, id)).map(textOf);
  assert.ok(texts.includes("What time is it in Tokyo?"), "the message is kept");
});

test("a message sent during a turn waits for it, and both are answered", async () => {
  const { id, socket } = await chat();
  const first = say(socket, "Tell me a long story");
  await socket.waitFor((frame) => frame.id === first && isText(frame));
  const second = say(socket, "What time is it in Tokyo?");
  assert.match((await ended(socket, second)).text, /In Tokyo/);
  const ends = socket.frames.filter(isDone()).map((frame) => frame.id);
  assert.deepEqual(ends, [first, second]);
  const roles = (await history(ana, id)).map(({ role }) => role);
  assert.equal(roles.filter((role) => role === "assistant").length, 2);
  assert.match(textOf((await history(ana, id)).at(-1)), /In Tokyo/);
});

test("too many waiting messages are refused with a sentence, and nothing is lost", async () => {
  const { socket } = await chat();
  const first = say(socket, "Tell me a slow story");
  await socket.waitFor((frame) => frame.id === first && isText(frame));
  const more = Array.from({ length: 7 }, () => say(socket, "Thanks"));
  const refused = await eventually("a refusal", () => more.filter((request) => errorOf(socket, request) !== undefined).length >= 2 && more);
  const sentences = refused.map((request) => errorOf(socket, request)).filter(Boolean);
  assert.deepEqual([...new Set(sentences)], ["Several messages are waiting already. Please wait for the answers."]);
  socket.send({ type: "cf_agent_chat_request_cancel", id: first });
  for (const request of more) await socket.waitFor(isDone(request), 20_000);
  assert.equal(more.filter((request) => socket.text(request) !== "").length, 5);
});

test("clear while streaming: the turn ends, nothing comes back", async () => {
  const { id, socket, other } = await chat(2);
  const turn = say(socket, "Tell me a slow story");
  await other.waitFor((frame) => frame.id === turn && isText(frame));
  const queued = say(socket, "Thanks");
  await pause(200);
  socket.send({ type: "cf_agent_chat_clear" });
  await other.waitFor(({ type }) => type === "cf_agent_chat_clear");
  await socket.waitFor(isDone(turn));
  await socket.waitFor(isDone(queued));
  assert.ok(!socket.frames.some(({ type }) => type === "cf_agent_chat_clear"), "who cleared knows it");
  await pause(700);
  assert.deepEqual(await history(ana, id), []);
  assert.deepEqual(lastList(other) ?? [], []);
  const next = await ask(socket, "Thanks");
  assert.equal(next.outcome, "completed");
  assert.equal((await history(ana, id)).length, 2);
});

test("regenerate: the answer is replaced; edit: everything behind the edited message goes", async () => {
  const { id, socket } = await chat();
  await ask(socket, "Thanks");
  await ask(socket, "What time is it in Tokyo?");
  const before = await history(ana, id);
  socket.send(chatRequest("again", { messages: before.slice(0, 3), trigger: "regenerate-message" }));
  assert.match((await ended(socket, "again")).text, /In Tokyo/);
  const after = await history(ana, id);
  assert.deepEqual(after.slice(0, 3), before.slice(0, 3));
  assert.equal(after.length, 4);
  assert.notEqual(after[3]?.id, before[3]?.id);
  const edited = userMessage("What time is it in Paris?", before[0]?.id);
  socket.send(chatRequest("edit", { messages: [edited], messageId: edited.id }));
  assert.match((await ended(socket, "edit")).text, /In Paris/);
  assert.deepEqual(
    (await history(ana, id)).map(textOf).map((text) => text.slice(0, 8)),
    ["What tim", "In Paris"],
  );
});

test("the same message twice is answered once", async () => {
  const { id, socket } = await chat();
  const message = userMessage("Thanks");
  socket.send(chatRequest("one", { messages: [message] }));
  socket.send(chatRequest("two", { messages: [message] }));
  assert.equal((await ended(socket, "one")).outcome, "completed");
  assert.equal((await ended(socket, "two")).outcome, "skipped");
  assert.equal((await history(ana, id)).length, 2);
});

test("CF-14: a model that never stops calling the same tool gets one run, and the user an answer", async () => {
  const { id, socket } = await chat();
  const before = (await modelCalls(deputy.offline)).length;
  const turn = await ask(socket, "Loop forever");
  assert.deepEqual([turn.outcome, turn.error], ["completed", undefined]);
  const calls = (await modelCalls(deputy.offline)).slice(before).map(({ body }) => body as { tools?: unknown[] });
  assert.deepEqual(
    calls.map(({ tools }) => (tools?.length ?? 0) > 0),
    [true, true, false],
    "the call, the same call, and an answer without tools",
  );
  assert.ok(textOf((await history(ana, id)).at(-1)).length > 0);
  assert.equal((await ask(socket, "Thanks")).outcome, "completed");
});

test("CF-17: a model that is down, busy, talks garbage or ends early ends the turn with a message; the user's message stays", async () => {
  for (const sentence of ["Be down", "Be busy", "Talk garbage", "End early"]) {
    const { id, socket } = await chat();
    const turn = await ask(socket, sentence);
    assert.equal(turn.outcome, "error", sentence);
    assert.ok((turn.error ?? "").length > 10 && !/AUTH0_AI|at .*\.rs|panicked/.test(turn.error ?? ""), turn.error);
    const [question, answer] = await history(ana, id);
    assert.equal(textOf(question), sentence);
    assert.ok(textOf(answer).endsWith(turn.error ?? "-"), `${sentence}: ${JSON.stringify(answer)}`);
    assert.equal((answer?.metadata as { error?: { message: string } })?.error?.message, turn.error);
    assert.equal((await ask(socket, "Thanks")).outcome, "completed", `after ${sentence}`);
  }
});

test("CF-17: a model that is slow is waited for", async () => {
  const { socket } = await chat();
  await deputy.offline.fault({ service: "model", delay_ms: 2_000, times: 1 });
  const turn = await ask(socket, "Thanks");
  assert.deepEqual([turn.outcome, turn.error], ["completed", undefined]);
});

test("OA-08 CF-12: parallel chats of two users never mix", async () => {
  const ben = await deputy.login("ben");
  const users = await Promise.all(
    [ana, ben].flatMap((client) =>
      [1, 2, 3].map(async () => {
        const id = await createChat(client);
        return { client, id, socket: await openTab(client, id) };
      }),
    ),
  );
  const turns = await Promise.all(users.map(({ socket }) => ask(socket, "Who am I?")));
  for (const [index, turn] of turns.entries()) {
    const mine = users[index]?.client === ana ? /Ana Ferreira.*ana@example\.com/ : /Ben .*ben@example\.com/;
    assert.match(turn.text, mine, turn.error);
    assert.deepEqual(new Set(users[index]?.socket.frames.filter(({ id }) => id !== undefined).map(({ id }) => id)), new Set([turn.id]));
  }
  await Promise.all(users.map(({ socket }) => socket.close()));
});
