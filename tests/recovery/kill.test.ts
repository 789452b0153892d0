// workerd is killed as a power cut would, in the middle of things, and started again on the same storage.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ChatSocket, type HttpClient, UpgradeRefused, startDeputy, type Deputy } from "../harness/index.ts";
import {
  type Message,
  type Part,
  ask,
  createChat,
  ended,
  eventually,
  history,
  isDone,
  openTab,
  pause,
  say,
  textOf,
  toolParts,
} from "../socket/support/chat.ts";
import { consent, interruptOf } from "../socket/support/connect.ts";
import { rowsOf } from "../socket/support/storage.ts";
import { freeBusyCalls, modelCalls } from "../socket/support/world.ts";

let deputy: Deputy;
let ana: HttpClient;
let chat: string;
let socket: ChatSocket;
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
});
beforeEach(async () => {
  chat = await createChat(ana);
  socket = await openTab(ana, chat);
});
after(() => deputy.stop());

/** What the model was asked about a message. */
async function callsAbout(text: string): Promise<unknown[]> {
  return (await modelCalls(deputy.offline)).filter(({ body }) => JSON.stringify(body?.messages).includes(text));
}

/** A power cut, and the client's reconnect. */
async function crash(): Promise<void> {
  await deputy.worker.restart();
  socket = await openTab(ana, chat);
}

const questions = (messages: Message[], text: string) => messages.filter((message) => message.role === "user" && textOf(message) === text).length;
const answered = (messages: Message[]) =>
  messages.at(-1)?.role === "assistant" && !(messages.at(-1)?.parts as Part[]).some(({ state }) => state === "streaming");

/** Waits until no turn runs any more. Asks on a socket of its own, so that no other is offered anything. */
async function atRest(): Promise<Message[]> {
  const asking = await openTab(ana, chat);
  try {
    return await eventually(
      "the chat at rest",
      async () => {
        const probeId = crypto.randomUUID();
        asking.send({ type: "cf_agent_stream_resume_request", probeId });
        const answer = await asking.waitFor((frame) => frame.probeId === probeId);
        const messages = await history(ana, chat);
        return answer.type === "cf_agent_stream_resume_none" && answered(messages) && messages;
      },
      40_000,
    );
  } finally {
    await asking.close();
  }
}

const unattended = "Tell me a slow story that nobody waits for";
let unattendedChat: string;

test("killed while the model streams and nobody comes back: begun here, looked at in the end", async () => {
  unattendedChat = chat;
  const request = say(socket, unattended);
  await socket.waitFor((frame) => frame.id === request && String(frame.body).includes("text-delta"));
  await deputy.worker.restart();
  assert.equal((await callsAbout(unattended)).length, 1);
});

test("killed while a tool call waits for the user: consent continues it, the answer arrives, the calendar is asked once", async () => {
  const request = say(socket, "Am I free tomorrow at 9?");
  await ended(socket, request);
  const interrupt = interruptOf(socket, request);
  assert.deepEqual(await freeBusyCalls(deputy.offline), []);
  await crash();
  assert.equal((await ana.json<{ email: string }>("/user")).email, "ana@example.com", "CF-04: still logged in");
  // The new socket is shown the same card.
  socket.send({ type: "cf_agent_stream_resume_request", probeId: "again" });
  assert.equal((await socket.waitFor(({ probeId }) => probeId === "again")).id, request);
  socket.send({ type: "cf_agent_stream_resume_ack", id: request });
  const error = await socket.waitFor((frame) => frame.error === true);
  assert.equal(interruptOf(socket, String(error.id)).interruptId, interrupt.interruptId);
  await consent(ana, interrupt);
  const done = await socket.waitFor((frame) => isDone()(frame) && frame.continuation === true, 15_000);
  assert.equal(done.outcome, "completed");
  const messages = await atRest();
  assert.equal(messages.length, 2);
  assert.match(textOf(messages[1]), /^You are busy/);
  assert.deepEqual(
    toolParts(messages).map(({ state, output }) => [state, output]),
    [["output-available", { available: false }]],
  );
  assert.equal((await freeBusyCalls(deputy.offline)).length, 1);
});

test("killed while the model streams: the message is there once, no tool ran twice, the chat goes on, and a client that reconnects sees the end", async () => {
  await deputy.offline.rules({
    rules: [
      {
        name: "time and story",
        when: "^time and story$",
        per_token_delay_ms: 10,
        call: [{ tool: "getLocalTime", arguments: { timeZone: "Asia/Tokyo" } }],
        then: [{ say: "{{text story}}" }],
      },
    ],
  });
  const request = say(socket, "time and story");
  await socket.waitFor((frame) => frame.id === request && String(frame.body).includes("text-delta"));
  await pause(700);
  const before = (await modelCalls(deputy.offline)).length;
  const partial = socket.text(request);
  assert.ok(partial.length > 20, partial);
  await crash();
  assert.ok(
    socket.frames.some(({ type, id }) => type === "cf_agent_stream_resuming" && id === request),
    "the new socket is offered the stream",
  );
  socket.send({ type: "cf_agent_stream_resume_ack", id: request });
  const messages = await atRest();
  assert.equal(messages.length, 2, JSON.stringify(messages).slice(0, 500));
  assert.equal(questions(messages, "time and story"), 1);
  const story = textOf(messages[1]);
  const failed = (messages[1]?.metadata as { error?: unknown } | undefined)?.error !== undefined;
  assert.ok(failed || story.endsWith("the point of it."), `it goes on to its end or says that it failed: ${story.slice(-80)}`);
  assert.equal(story.split("Once there was a deputy").length, 2, "nothing is said twice");
  assert.equal(toolParts(messages).length, 1, "the tool ran once");
  assert.ok((await modelCalls(deputy.offline)).length <= before + 3);
  await socket.waitFor(isDone(request), 20_000);
  assert.equal(
    failed ? story.startsWith(socket.text(request)) : socket.text(request) === story,
    true,
    "the new socket was told the whole story, once",
  );
  assert.equal((await ask(socket, "Thanks")).outcome, "completed");
});

test("CF-18: killed with a pending confirmation: yes runs the tool once", async () => {
  await ask(socket, "Weather in Paris");
  const [before] = toolParts(await history(ana, chat));
  assert.equal(before?.state, "approval-requested");
  await crash();
  assert.deepEqual(toolParts(await history(ana, chat)), [before]);
  socket.send({ type: "cf_agent_tool_approval", toolCallId: before?.toolCallId, approved: true, autoContinue: true });
  const messages = await eventually("the answer", async () => {
    const now = await history(ana, chat);
    return /sunny/.test(textOf(now.at(-1))) && now;
  });
  assert.deepEqual(
    toolParts(messages).map(({ state }) => state),
    ["output-available"],
  );
});

test("CF-20 CF-24: killed between making a schedule and its time: it runs once, after the restart", async () => {
  await ask(socket, "In 3 seconds remind me to stretch");
  await socket.close();
  await deputy.worker.kill();
  await pause(3_200);
  await deputy.worker.start();
  // Nobody looks at the chat: its alarm alone brings it back.
  await eventually("the task's own turn", async () => (await callsAbout("Running scheduled task: stretch")).length > 0, 20_000);
  await eventually("the reminder", async () => textOf((await history(ana, chat)).at(-1)) === "Reminder: stretch", 20_000);
  await pause(500);
  assert.equal(questions(await history(ana, chat), "Running scheduled task: stretch"), 1);
});

test("killed again and again in the same answer: the chat is never stuck and the message never lost", async () => {
  const request = say(socket, "Tell me a long story");
  await socket.waitFor((frame) => frame.id === request && String(frame.body).includes("text-delta"));
  for (let times = 0; times < 2; times += 1) {
    await pause(500);
    await crash();
  }
  const messages = await atRest();
  assert.equal(messages.length, 2);
  assert.equal(questions(messages, "Tell me a long story"), 1);
  assert.equal((await ask(socket, "Thanks")).outcome, "completed");
});

test("killed with a queue: every waiting message is there once and is answered, in order", async () => {
  const first = say(socket, "Tell me a long story");
  await socket.waitFor((frame) => frame.id === first && String(frame.body).includes("text-delta"));
  for (const text of ["What time is it in Tokyo?", "What time is it in Paris?"]) say(socket, text);
  await pause(150);
  await crash();
  const texts = await eventually(
    "all answers",
    async () => {
      const all = (await history(ana, chat)).map(textOf);
      return all.length === 6 && all;
    },
    30_000,
  );
  assert.deepEqual([texts[0], texts[2], texts[4]], ["Tell me a long story", "What time is it in Tokyo?", "What time is it in Paris?"]);
  assert.match(`${texts[3]} ${texts[5]}`, /^In Tokyo.* In Paris/);
});

test("CF-04: login, chats, connections and their owner survive; a logout survives too", async () => {
  const ben = await deputy.login("ben");
  const bens = await createChat(ben);
  await ben.post("/auth/logout", undefined, { follow: false });
  await crash();
  assert.equal((await ana.json<{ email: string }>("/user")).email, "ana@example.com");
  assert.ok((await ana.json<{ id: string }[]>("/api/chats")).some(({ id }) => id === chat));
  assert.ok((await ana.json<unknown[]>("/api/connections")).length > 0);
  assert.equal((await ben.get("/api/chats")).status, 401);
  await assert.rejects(ChatSocket.open(ben, bens), (error) => error instanceof UpgradeRefused && error.status === 401);
  const foreign = await ChatSocket.open(ana, bens);
  assert.equal((await foreign.waitForClose()).reason, "This chat is not yours.");
});

test("killed while the model streamed and nobody came back: the chat's alarm went on with the answer", async () => {
  await eventually("another attempt", async () => (await callsAbout(unattended)).length > 1, 45_000);
  const messages = await eventually(
    "the end",
    async () => {
      const now = await history(ana, unattendedChat);
      return answered(now) && now;
    },
    45_000,
  );
  assert.equal(messages.length, 2);
  assert.equal(textOf(messages[0]), unattended);
});

test("the ledger has every call of these tests once, and its outcome", async () => {
  await socket.close();
  await deputy.worker.stop();
  const rows = rowsOf<{ call_id: string; tool: string; outcome: string }>(deputy.worker.persistDir, "ledger");
  assert.equal(new Set(rows.map(({ call_id }) => call_id)).size, rows.length);
  assert.deepEqual(
    rows.filter(({ tool }) => tool === "checkUsersCalendar").map(({ outcome }) => outcome),
    ["completed"],
  );
  assert.deepEqual(
    rows.filter(({ tool }) => tool === "scheduleTask").map(({ outcome }) => outcome),
    ["completed"],
  );
});
