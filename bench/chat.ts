// The chat socket as the operations use it: nothing is kept, so that a long run measures the last turn like the first.
import { WebSocket } from "ws";
import type { HttpClient } from "../tests/harness/index.ts";

const patience = 30_000;

interface ChatFrame {
  type: string;
  id?: string;
  body?: string;
  done?: boolean;
  error?: boolean;
}

/** Makes a chat; its id. */
export async function newChat(client: HttpClient): Promise<string> {
  return (JSON.parse((await client.post("/api/chats")).text) as { id: string }).id;
}

export async function removeChat(client: HttpClient, chat: string): Promise<void> {
  const { status, text } = await client.request(`/api/chats/${chat}`, { method: "DELETE", headers: { origin: new URL(client.baseUrl).origin } });
  if (status !== 204) throw new Error(`DELETE /api/chats/${chat}: ${status} ${text}`);
}

/** A socket of a chat with the cookies of a client; it is not open yet. */
export function socketOf(client: HttpClient, chat: string): WebSocket {
  const url = new URL(`/agents/chat/${chat}`, client.baseUrl);
  const headers = { cookie: client.cookieHeader(url), origin: url.origin };
  url.protocol = "ws";
  return new WebSocket(url, { headers, closeTimeout: 300 } as object);
}

/** Sends the message of this number and waits for the whole answer of the scripted model; milliseconds to its first word. */
export async function ask(socket: WebSocket, number: string): Promise<number> {
  const request = `bench-${number}`;
  let first = Number.NaN;
  const answered = answerOf(socket, request, () => (first = performance.now()));
  const message = { id: `message-${number}`, role: "user", parts: [{ type: "text", text: "Hello" }] };
  const body = JSON.stringify({ messages: [message], trigger: "submit-message", timeZone: "Europe/Berlin" });
  const begin = performance.now();
  socket.send(JSON.stringify({ type: "cf_agent_use_chat_request", id: request, init: { method: "POST", body } }));
  const text = await answered;
  if (!text.includes("scripted model")) throw new Error(`not the model's answer: ${text}`);
  return first - begin;
}

/** Waits for the frame that says who answers on a socket that was just made. */
export function identified(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on("message", (data) => (JSON.parse(String(data)) as ChatFrame).type === "cf_agent_identity" && resolve());
    socket.once("error", reject).once("close", () => reject(new Error("closed before the identity frame")));
  });
}

/** The text of a request's answer, once its stream has ended; `onFirst` hears of its first piece. */
function answerOf(socket: WebSocket, request: string, onFirst: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`no end of ${request} within ${patience} ms: ${text}`)), patience);
    const listener = (data: unknown) => {
      const frame = JSON.parse(String(data)) as ChatFrame;
      if (frame.type !== "cf_agent_use_chat_response" || frame.id !== request) return;
      const chunk = frame.body?.startsWith("{") ? (JSON.parse(frame.body) as { delta?: string }) : {};
      if (text === "" && chunk.delta) onFirst();
      text += chunk.delta ?? "";
      if (!frame.done && !frame.error) return;
      clearTimeout(timer);
      socket.off("message", listener);
      if (frame.error) reject(new Error(frame.body));
      else resolve(text);
    };
    socket.on("message", listener);
  });
}
