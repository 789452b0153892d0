// Trials from public bug reports that need the real runtime: what a model's server does to the connection. Its answers are given.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy, type Frame, type HttpClient } from "../harness/index.ts";
import { ask, createChat, history, openTab } from "./support/chat.ts";

interface Asked {
  messages: { role: string; content: string | null; tool_calls?: { id: string; extra_content?: unknown }[] }[];
  stream_options?: unknown;
}

/** What the server was asked so far, and what it does next. */
const asked: Asked[] = [];
let answer: (body: Asked, response: ServerResponse, number: number) => void | Promise<void>;

const server = createServer((request, response) => void serve(request, response));
let deputy: Deputy;
let client: HttpClient;

before(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  // No key: a server on this machine asks for none.
  deputy = await startDeputy({
    vars: { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: "", MODEL: "local", MODEL_TIMEOUT_SECONDS: "4" },
  });
  client = await deputy.login();
});
after(async () => {
  await deputy?.stop();
  server.closeAllConnections();
  server.close();
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const piece of request) text += String(piece);
  const body = JSON.parse(text) as Asked;
  assert.equal(request.headers.authorization, undefined);
  asked.push(body);
  await answer(body, response, asked.length);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const said = (text: string): string => `${event({ content: text })}${event({}, "stop")}data: [DONE]\n\n`;

function stream(response: ServerResponse, body: string, type = "text/event-stream"): void {
  response.writeHead(200, { "content-type": type }).end(body);
}

function refuse(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** One message in a new chat. */
async function turn(
  text: string,
  how: typeof answer,
): Promise<{ text: string; outcome: string; error: string | undefined; chat: string; frames: Frame[] }> {
  asked.length = 0;
  answer = how;
  const chat = await createChat(client);
  const socket = await openTab(client, chat);
  const ended = await ask(socket, text);
  const { frames } = socket;
  await socket.close();
  return { ...ended, chat, frames };
}

test("t11 an event stream that is called JSON is read while it comes", async () => {
  const { text, outcome } = await turn("Hello", async (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write(event({ content: "Good " }));
    await pause(300);
    response.end(`${event({ content: "morning." })}${event({}, "stop")}`);
  });
  assert.deepEqual([text, outcome], ["Good morning.", "completed"]);
});

test("t11 JSON that is called an event stream is read too", async () => {
  const whole = { choices: [{ message: { content: "Good morning." }, finish_reason: "stop" }] };
  const { text } = await turn("Hello", (_, response) => stream(response, JSON.stringify(whole)));
  assert.equal(text, "Good morning.");
});

test("t20 a member that a refusal names is left out, and the next turn asks without it at once", async () => {
  const strict: typeof answer = (body, response) => {
    if (body.stream_options === undefined) return stream(response, said("Here I am."));
    const detail = [{ type: "extra_forbidden", loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" }];
    refuse(response, 422, { detail });
  };
  assert.equal((await turn("Hello", strict)).text, "Here I am.");
  assert.equal(asked.length, 2);
  assert.equal((await turn("Again", strict)).text, "Here I am.");
  assert.equal(asked.length, 1, "learnt");
});

test("t25 a server that is busy is asked again after its time, visibly", async () => {
  const began = Date.now();
  const { text, frames } = await turn("Hello", (_, response, number) => {
    if (number === 1) return refuse(response, 529, { error: { type: "overloaded_error" } }, { "retry-after": "1" });
    if (number === 2) return void response.socket?.destroy();
    stream(response, said("At last."));
  });
  assert.equal(text, "At last.");
  assert.ok(Date.now() - began >= 1_000);
  assert.ok(frames.some(({ body }) => String(body).includes('"data-notice"')));
});

test("t05 what the server wants back comes back with the call", async () => {
  const signed = { extra_content: { google: { thought_signature: "c2ln" } } };
  const call = { index: 0, id: "function-call-1", function: { name: "getScheduledTasks", arguments: {} }, ...signed };
  const { text } = await turn("What is scheduled?", (body, response) => {
    const made = body.messages.flatMap(({ tool_calls }) => tool_calls ?? []);
    if (made.length === 0) return stream(response, event({ tool_calls: [call] }, "tool_calls"));
    const good = made.every(({ id, extra_content }) => id === call.id && JSON.stringify(extra_content) === JSON.stringify(signed.extra_content));
    if (!good) return refuse(response, 400, [{ error: { code: 400, message: "A signature is not there." } }]);
    stream(response, said("Nothing."));
  });
  assert.equal(text, "Nothing.");
});

test("t15 what was shown before a failure stays, and the failure stands beneath", async () => {
  const { chat, error } = await turn("Hello", (_, response) =>
    stream(response, `${event({ content: "I was " })}data: {"detail":"the engine has stopped","status_code":500}\n\n`),
  );
  assert.match(error ?? "", /not available now/);
  const texts = (await history(client, chat)).at(-1)?.parts.flatMap(({ text }) => text ?? []);
  assert.deepEqual(texts?.[0], "I was ");
  assert.match(texts?.[1] ?? "", /not available now/);
});

test("t24 the first byte may take as long as is set, signs of life count, and silence does not last for ever", async () => {
  const slow = await turn("Hello", async (_, response) => {
    await pause(3_000);
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": ping\n\n");
    await pause(3_000);
    response.end(said("Slowly."));
  });
  assert.equal(slow.text, "Slowly.");
  const silent = await turn("Hello", (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": ping\n\n");
  });
  assert.match(silent.error ?? "", /did not answer in time/);
});
