import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { ChatSocket } from "../../harness/index.ts";

interface Chunk {
  type: string;
}
interface Transport {
  sendMessages(options: object): Promise<AsyncIterable<Chunk>>;
}
const require = createRequire(new URL("../../wire-schema/package.json", import.meta.url));
const { DefaultChatTransport } = require("ai5") as { DefaultChatTransport: new (options: object) => Transport };

/** Everything a socket was sent is what AI SDK v5, which the oldest two generations use, accepts: its schema is closed. */
export async function acceptedByV5(socket: ChatSocket): Promise<void> {
  const requests = new Set(socket.frames.filter(({ type }) => type === "cf_agent_use_chat_response").map(({ id }) => String(id)));
  assert.ok(requests.size > 0, "there was a stream");
  for (const id of requests) {
    const chunks = socket.chunks(id);
    const body = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
    const fetch = async () => await Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    const transport = new DefaultChatTransport({ api: "http://localhost/", fetch });
    const read: Chunk[] = [];
    for await (const chunk of await transport.sendMessages({ chatId: "c", messages: [], trigger: "submit-message" })) read.push(chunk);
    assert.deepEqual(read, chunks);
  }
}
