// Runs the golden files of crates/wire through the AI SDK itself: v5 for what clients of unknown and old generations
// get, v7 for the newest. Checked are each chunk against the SDK's schema, each stream against the SDK's reader, each
// transcript against the SDK's message schema, and that a stream leads to the very message the transcript then names.
//
//   npm ci && node check.mjs      prints "N passed, N failed"; exit code 1 if any failed

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import * as ai5 from "ai5";
import * as ai7 from "ai7";

const golden = new URL("../../crates/wire/tests/golden/", import.meta.url);
const sdks = [
  { name: "v5", frames: "unknown_agents0_agents1", ai: ai5, validate: validateV5 },
  { name: "v7", frames: "agents2", ai: ai7, validate: validateV7 },
];
let passed = 0;
let failed = 0;

await check("v5 refuses what it does not know, so that a pass means something", async () => {
  for (const chunk of [
    { type: "finish", finishReason: "stop" },
    { type: "tool-approval-request", approvalId: "p", toolCallId: "c" },
    { type: "tool-output-denied", toolCallId: "c" },
    { type: "text-delta", delta: "no id" },
  ]) {
    await assert.rejects(validateV5(chunk), /Type validation failed/, JSON.stringify(chunk));
  }
});
await check("v5 takes a transient part, which `POST /chat` sends, and keeps it out of the message", async () => {
  const notice = { type: "data-notice", data: { code: "model_busy", text: "Wait." }, transient: true };
  await validateV5(notice);
  const said = [
    { type: "text-start", id: "1" },
    { type: "text-delta", id: "1", delta: "Hi" },
    { type: "text-end", id: "1" },
  ];
  const message = await read(ai5, [{ type: "start", messageId: "m" }, notice, ...said, { type: "finish" }]);
  assert.deepEqual(
    message.parts.map(({ type }) => type),
    ["text"],
  );
});
await check("v7 refuses a chunk without its members", () => assert.rejects(validateV7({ type: "text-delta", delta: "no id" })));

for (const file of readdirSync(golden)
  .filter((name) => name.endsWith(".json"))
  .sort()) {
  const parsed = JSON.parse(readFileSync(new URL(file, golden), "utf8"));
  for (const sdk of sdks) {
    const frames = parsed.frames[sdk.frames].map((text) => JSON.parse(text));
    assert.notEqual(frames.length, 0, `${file} has no frames for ${sdk.name}`);
    await checkCase(`${file} ${sdk.name}`, sdk, frames);
  }
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function checkCase(label, { ai, validate }, frames) {
  let held = []; // what the client holds before the stream
  let after; // the first transcript after it
  const chunks = [];
  for (const [index, frame] of frames.entries()) {
    if (frame.type === "cf_agent_chat_messages") {
      await check(`${label} frame ${index}: transcript`, () => ai.validateUIMessages({ messages: frame.messages }));
      if (chunks.length === 0) held = frame.messages;
      else after ??= frame.messages;
    } else if (frame.type === "cf_agent_message_updated") {
      await check(`${label} frame ${index}: message`, () => ai.validateUIMessages({ messages: [frame.message] }));
      held = held.map((message) => (message.id === frame.message.id ? frame.message : message));
    } else if (frame.error) {
      await check(`${label} frame ${index}: error`, () => assert.notEqual(frame.body, ""));
    } else if (frame.body !== "") {
      const chunk = JSON.parse(frame.body);
      chunks.push(chunk);
      await check(`${label} frame ${index}: ${chunk.type}`, () => validate(chunk));
    }
  }
  await check(`${label}: stream`, async () => {
    const extended = held.at(-1)?.role === "assistant" ? held.at(-1) : undefined;
    const message = await read(ai, chunks, extended);
    assert.deepEqual(comparable(message), comparable(after?.at(-1)));
  });
}

// The message that the SDK builds from the chunks, on top of the one it extends.
async function read(ai, chunks, message) {
  const stream = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  let last;
  const options = { stream, message: structuredClone(message), terminateOnError: true };
  for await (const next of ai.readUIMessageStream(options)) last = next;
  return last;
}

// A message without what only one side has: the stream's marks of text that is still open, and the answer inside an
// approval, for which a stream of v6 has no chunk.
function comparable(message) {
  const plain = JSON.parse(JSON.stringify(message));
  for (const part of plain.parts) {
    if (part.type === "text" || part.type === "reasoning") delete part.state;
    if (part.type === "reasoning") delete part.id; // v7 keeps the chunk's identifier; a transcript may lack it
    if (part.approval) delete part.approval.approved;
    // Once there is a result the question is over; a stream keeps its identifier, a transcript does not need it.
    if (part.state === "output-available" || part.state === "output-error") delete part.approval;
  }
  return { id: plain.id, role: plain.role, parts: plain.parts };
}

// v5 does not export its schema. Its chat transport applies it to every chunk, and that is the way a chunk goes in the
// old clients: they hand the transport a `fetch` that reads the socket.
async function validateV5(chunk) {
  const fetch = async () => new Response(`data: ${JSON.stringify(chunk)}\n\n`, { headers: { "content-type": "text/event-stream" } });
  const transport = new ai5.DefaultChatTransport({ api: "http://localhost/", fetch });
  const stream = await transport.sendMessages({ chatId: "c", messages: [], trigger: "submit-message" });
  const received = [];
  for await (const next of stream) received.push(next);
  assert.deepEqual(received, [chunk]);
}

async function validateV7(chunk) {
  const result = await ai7.uiMessageChunkSchema().validate(chunk);
  if (!result.success) throw result.error;
  assert.deepEqual(result.value, chunk);
}

async function check(label, run) {
  try {
    await run();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.error(
      `FAILED ${label}\n  ${String(error?.message ?? error)
        .slice(0, 600)
        .replaceAll("\n", "\n  ")}`,
    );
  }
}
