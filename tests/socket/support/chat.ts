import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ChatSocket, type Frame, type HttpClient, type SocketOptions } from "../../harness/index.ts";

/** A part of a UI message, as far as the tests look into it. */
export interface Part {
  type: string;
  state?: string;
  text?: string;
  toolCallId?: string;
  input?: unknown;
  output?: unknown;
  errorText?: string;
  approval?: { id: string; approved?: boolean };
  [key: string]: unknown;
}

export interface Message {
  id: string;
  role: "user" | "assistant";
  parts: Part[];
  metadata?: unknown;
}

/** Makes a chat and returns its id. */
export async function createChat(client: HttpClient): Promise<string> {
  const page = await client.post("/api/chats");
  assert.equal(page.status, 200, page.text);
  return (JSON.parse(page.text) as { id: string }).id;
}

/** The transcript as a client that loads the chat reads it. */
export async function history(client: HttpClient, chat: string): Promise<Message[]> {
  return await client.json<Message[]>(`/agents/chat/${chat}/get-messages`);
}

/** Opens a socket as the newest client does: with a connection id, asking whether a stream runs. */
export async function openTab(client: HttpClient, chat: string, options: SocketOptions = {}): Promise<ChatSocket> {
  const socket = await ChatSocket.open(client, chat, { ...options, query: { _pk: randomUUID(), ...options.query } });
  const probeId = randomUUID();
  socket.send({ type: "cf_agent_stream_resume_request", probeId });
  await socket.waitFor((frame) => frame.probeId === probeId);
  return socket;
}

export function userMessage(text: string, id: string = randomUUID()): Message {
  return { id, role: "user", parts: [{ type: "text", text }] };
}

/** The envelope of a chat request as the newest client sends it. */
export function chatRequest(id: string, body: Record<string, unknown>): Frame {
  return {
    type: "cf_agent_use_chat_request",
    id,
    init: { method: "POST", body: JSON.stringify({ trigger: "submit-message", timeZone: "Europe/Berlin", ...body }) },
  };
}

/** The envelope of the oldest two generations: with `url` and `init.headers`. */
export function legacyRequest(socketUrl: string, id: string, body: Record<string, unknown>): Frame {
  const init = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ id: "chat", trigger: "submit-message", ...body }),
  };
  return { type: "cf_agent_use_chat_request", id, url: socketUrl, init };
}

/** Sends a message; the id of its request. */
export function say(socket: ChatSocket, text: string, before: Message[] = []): string {
  const id = randomUUID();
  socket.send(chatRequest(id, { messages: [...before, userMessage(text)] }));
  return id;
}

export function isDone(id?: string): (frame: Frame) => boolean {
  return (frame) => frame.type === "cf_agent_use_chat_response" && frame.done === true && (id === undefined || frame.id === id);
}

/** Waits for the end of a request's stream; how it ended. */
export async function ended(socket: ChatSocket, id: string, timeout = 15_000): Promise<{ text: string; outcome: string; error: string | undefined }> {
  const done = await socket.waitFor(isDone(id), timeout);
  return { text: socket.text(id), outcome: String(done.outcome), error: errorOf(socket, id) };
}

/** Sends a message and waits for the end of its stream. */
export async function ask(socket: ChatSocket, text: string): Promise<{ id: string; text: string; outcome: string; error: string | undefined }> {
  const id = say(socket, text);
  return { id, ...(await ended(socket, id)) };
}

/** The text of a request's error frame. */
export function errorOf(socket: ChatSocket, id: string): string | undefined {
  const frame = socket.frames.find((one) => one.type === "cf_agent_use_chat_response" && one.id === id && one.error === true);
  return frame === undefined ? undefined : String(frame.body);
}

/** The newest transcript the server sent over the socket. */
export function lastList(socket: ChatSocket, from = 0): Message[] | undefined {
  return socket.frames.slice(from).findLast(({ type }) => type === "cf_agent_chat_messages")?.messages as Message[] | undefined;
}

export function textOf(message: Message | undefined): string {
  return (message?.parts ?? []).map((part) => (part.type === "text" ? (part.text ?? "") : "")).join("");
}

export function toolParts(messages: Message[]): Part[] {
  return messages.flatMap(({ parts }) => parts).filter(({ toolCallId }) => toolCallId !== undefined);
}

/** Waits until `check` gives something; fails with what it was waiting for. */
export async function eventually<T>(what: string, check: () => T | undefined | false | Promise<T | undefined | false>, timeout = 10_000): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}`);
    await pause(40);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
