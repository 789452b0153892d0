// Schedules, and the budgets of a day.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ChatSocket, type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { type Message, ask, createChat, errorOf, eventually, history, openTab, pause, textOf, toolParts } from "./support/chat.ts";
import { seen } from "./support/world.ts";

let deputy: Deputy;
let ana: HttpClient;
const open: ChatSocket[] = [];
let everyMinute: { id: string; socket: ChatSocket };
/** A chat nobody touches until the object behind it has gone to sleep. */
let asleep: { id: string; socket: ChatSocket; since: number };
const rules = [
  {
    name: "plan cron",
    when: "^plan cron (?<spec>.+?) to (?<task>.+)$",
    call: [{ tool: "scheduleTask", arguments: { when: { type: "cron", cron: "{{spec}}" }, description: "{{task}}" } }],
    then: [{ is: "string", say: "{{result}}" }],
  },
  {
    name: "plan",
    when: "^plan (?<kind>\\S+) (?<spec>.+?) to (?<task>.+)$",
    call: [{ tool: "scheduleTask", arguments: { when: { type: "{{kind}}", date: "{{spec}}" }, description: "{{task}}" } }],
    then: [{ is: "string", say: "{{result}}" }],
  },
  {
    name: "plan delay",
    when: "^wait (?<count>\\S+) to (?<task>.+)$",
    call: [{ tool: "scheduleTask", arguments: { when: { type: "delayed", delayInSeconds: "{{count | number}}" }, description: "{{task}}" } }],
    then: [{ is: "string", say: "{{result}}" }],
  },
  { name: "scheduled who", when: "^\\W*running scheduled task: who$", call: [{ tool: "get_user_info" }], then: [{ say: "{{result}}" }] },
];
before(async () => {
  deputy = await startDeputy();
  await deputy.offline.rules({ rules });
  ana = await deputy.login("ana");
  everyMinute = await chat();
  assert.match((await ask(everyMinute.socket, "plan cron * * * * * to tick")).text, /scheduled for type "cron"/);
  asleep = { ...(await chat()), since: 0 };
  await ask(asleep.socket, "Weather in Paris");
  asleep.since = Date.now();
});
after(async () => {
  await Promise.all(open.map((socket) => socket.close()));
  await deputy.stop();
});

async function chat(client = ana): Promise<{ id: string; socket: ChatSocket }> {
  const id = await createChat(client);
  const socket = await openTab(client, id);
  open.push(socket);
  return { id, socket };
}

interface Listed {
  id: string;
  chatId: string;
  description: string;
  type: string;
  nextRun: number;
}
const listed = async (id: string, client = ana) => (await client.json<Listed[]>("/api/schedules")).filter((one) => one.chatId === id);
const lastOutput = async (id: string) => toolParts(await history(ana, id)).at(-1)?.output;
const lastError = async (id: string) => toolParts(await history(ana, id)).at(-1)?.errorText;
const texts = async (id: string, client = ana) => (await history(client, id)).map(textOf);

test("CF-20 CF-21 CF-24: a delayed task runs in the chat, in front of the connected client", async () => {
  const { id, socket } = await chat();
  assert.equal((await ask(socket, "wait 1 to stretch")).text, 'Task scheduled for type "delayed" : 1');
  assert.equal((await listed(id))[0]?.type, "delayed");
  await eventually("the reminder", () => /Reminder: stretch/.test(socket.text()));
  const list = await eventually(
    "the transcript",
    () => socket.frames.findLast(({ type }) => type === "cf_agent_chat_messages")?.messages as Message[] | undefined,
  );
  assert.ok(list.length >= 3);
  await eventually("the end", async () => (await texts(id)).at(-1) === "Reminder: stretch");
  const messages = await history(ana, id);
  assert.deepEqual(
    messages.map(({ role }) => role),
    ["user", "assistant", "user", "assistant"],
  );
  assert.equal(textOf(messages[2]), "Running scheduled task: stretch");
  assert.deepEqual(await eventually("an empty list", async () => (await listed(id)).length === 0 && []), []);
});

test("CF-20 CF-24: a task at a time runs once, also when nobody is connected", async () => {
  const { id, socket } = await chat();
  const at = new Date(Date.now() + 2_000).toISOString();
  assert.equal((await ask(socket, `plan scheduled ${at} to call Ben`)).text, `Task scheduled for type "scheduled" : ${at}`);
  const [entry] = await listed(id);
  assert.deepEqual([entry?.type, entry?.description, entry?.nextRun], ["scheduled", "call Ben", Date.parse(at)]);
  await socket.close();
  await eventually("the reminder", async () => (await texts(id)).at(-1) === "Reminder: call Ben");
  await pause(300);
  assert.equal((await texts(id)).filter((text) => text === "Running scheduled task: call Ben").length, 1);
});

test("CF-22 CF-23: schedules are listed and cancelled by tool and by the API; a cancelled one never runs", async () => {
  const { id, socket } = await chat();
  await ask(socket, "What is scheduled?");
  assert.equal(await lastOutput(id), "No scheduled tasks found.");
  await ask(socket, "wait 3 to stretch");
  await ask(socket, "wait 4 to drink");
  await ask(socket, "What is scheduled?");
  const tasks = (await lastOutput(id)) as { id: string; payload: string; type: string; callback: string; delayInSeconds: number; time: number }[];
  assert.deepEqual(
    tasks.map(({ payload, type, callback, delayInSeconds }) => [payload, type, callback, delayInSeconds]),
    [
      ["stretch", "delayed", "executeTask", 3],
      ["drink", "delayed", "executeTask", 4],
    ],
  );
  const [first, second] = tasks;
  await ask(socket, `Cancel task ${first?.id}`);
  assert.equal(await lastOutput(id), `Task ${first?.id} has been successfully canceled.`);
  await ask(socket, `Cancel task ${first?.id}`);
  assert.equal(await lastError(id), `Error canceling task ${first?.id}: there is no such task`);
  assert.equal((await ana.post(`/api/schedules/${second?.id}`, undefined, { method: "DELETE" })).status, 204);
  assert.deepEqual(await listed(id), []);
  await pause(Math.max(0, ((second?.time ?? 0) + 1.5) * 1000 - Date.now()));
  assert.ok(!(await texts(id)).some((text) => text.startsWith("Running scheduled task")));
});

test("CF-23: a schedule of another user cannot be seen or cancelled", async () => {
  const ben = await deputy.login("ben");
  const [entry] = await listed(everyMinute.id);
  assert.deepEqual(await ben.json("/api/schedules"), []);
  assert.equal((await ben.post(`/api/schedules/${entry?.id}`, undefined, { method: "DELETE" })).status, 404);
  assert.equal((await listed(everyMinute.id)).length, 1);
  // A later task of his must find no session.
  await ben.post("/auth/logout", undefined, { follow: false });
});

test("CF-21: what is no time is refused in fixed words", async () => {
  const { id, socket } = await chat();
  const answers: [string, string][] = [
    ["plan scheduled soon to y", "Error scheduling task: the date is missing or not in ISO 8601"],
    ["plan scheduled 2001-01-01T00:00:00Z to y", "Error scheduling task: the time is in the past"],
    ["plan cron 61 * * * * to y", 'Error scheduling task: "61 * * * *" is not a cron expression that comes true'],
    ["plan cron 0 0 30 2 * to y", 'Error scheduling task: "0 0 30 2 *" is not a cron expression that comes true'],
    ["wait -5 to y", "Error scheduling task: the delay is missing or not a positive number of seconds"],
  ];
  for (const [sentence, answer] of answers) {
    await ask(socket, sentence);
    assert.equal(await lastError(id), answer, sentence);
  }
  await ask(socket, "plan no-schedule x to y");
  assert.equal(await lastOutput(id), "Not a valid schedule input");
  await ask(socket, "plan weekly x to y");
  assert.equal(toolParts(await history(ana, id)).at(-1)?.errorText, "not a valid schedule input");
  assert.deepEqual(await listed(id), []);
});

test("a task that needs the user's authority waits for a login when no session is left, and then goes on by itself", async () => {
  const ben = await deputy.login("ben");
  const { id, socket } = await chat(ben);
  await ask(socket, "wait 2 to who");
  await ben.post("/auth/logout", undefined, { follow: false });
  await pause(2_600);
  const waited = Date.now();
  assert.deepEqual(await seen(deputy.offline, "tenant", "/userinfo", waited - 2_600), []);
  const back = await deputy.login("ben");
  await eventually("the run", async () => (await texts(id, back)).includes("Running scheduled task: who"));
  const part = await eventually("its end", async () =>
    toolParts(await history(back, id)).find(({ type, state }) => type === "tool-get_user_info" && state !== "input-available"),
  );
  assert.equal(part.state, "output-available", part.errorText);
});

test("CF-20 CF-24: a cron task runs every time and stays", async () => {
  await eventually("the first tick", async () => (await texts(everyMinute.id)).at(-1) === "Reminder: tick", 65_000);
  const [entry] = await listed(everyMinute.id);
  assert.equal(entry?.type, "cron");
  assert.ok((entry?.nextRun ?? 0) > Date.now() && (entry?.nextRun ?? 0) % 60_000 === 0);
});

test("a socket whose object has slept still hears and is heard, and what waited still waits", async () => {
  // workerd puts an object with hibernatable sockets to sleep after ten seconds.
  await pause(Math.max(0, asleep.since + 12_000 - Date.now()));
  const [part] = toolParts(await history(ana, asleep.id));
  assert.equal(part?.state, "approval-requested");
  const from = asleep.socket.frames.length;
  asleep.socket.send({ type: "cf_agent_tool_approval", toolCallId: part?.toolCallId, approved: true, autoContinue: true });
  const offer = await asleep.socket.waitFor(({ type }) => type === "cf_agent_stream_resuming", 10_000, from);
  asleep.socket.send({ type: "cf_agent_stream_resume_ack", id: offer.id });
  await eventually("the answer", () => /The weather in Paris is sunny/.test(asleep.socket.text(String(offer.id))));
  assert.match((await ask(asleep.socket, "Who am I?")).text, /Ana Ferreira/);
});

test("budgets: schedules, chats, tool calls and tokens are refused with the limit and the time it ends", async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  const until = "It starts again at midnight UTC.";
  const { length: chats } = await ana.json<unknown[]>("/api/chats");
  await deputy.worker.restart({ LIMIT_SCHEDULES: "1", LIMIT_CHATS_PER_DAY: String(chats + 1) });
  const { id, socket } = await chat();
  await ask(socket, "wait 100 to stretch");
  assert.match(String(await lastError(id)), /^Error scheduling task: .*\b1\b/);
  const refused = await ana.post("/api/chats");
  assert.equal(refused.status, 429, refused.text);
  const { code, error } = JSON.parse(refused.text) as { code: string; error: string };
  assert.deepEqual([code, error], ["limit_chats_per_day", `Today's limit of ${chats + 1} new chats is used up. ${until}`]);

  await deputy.worker.restart({ LIMIT_TOOL_CALLS_PER_DAY: "1" });
  const tools = await openTab(ana, id);
  const turn = await ask(tools, "What time is it in Tokyo?");
  assert.equal(toolParts(await history(ana, id)).at(-1)?.errorText, `Today's limit of 1 tool calls is used up. ${until}`);
  assert.match(turn.text, /limit of 1 tool calls is used up/);

  await deputy.worker.restart({ LIMIT_TOKENS_PER_DAY: "1" });
  const tokens = await openTab(ana, id);
  const last = await ask(tokens, "What time is it in Paris?");
  assert.equal(last.outcome, "error");
  assert.equal(errorOf(tokens, last.id), `Today's limit of 1 model tokens is used up. ${until}`);
  assert.ok((await texts(id)).includes("What time is it in Paris?"), "the message is kept");
});
