import type { UIMessage } from "ai";
import type { ChatSummary, ConnectedAccount, DisconnectStep, Environment, Login, Schedule, User } from "./types";

/** Every way a call to the Worker can fail, with the sentence for the user and the id support asks for. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly correlationId: string | undefined;

  constructor(status: number, message: string, code: string, correlationId?: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.correlationId = correlationId;
  }

  /** No session, or one that has ended: the user has to log in again. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

/** The user's claims, or null for an anonymous visitor. */
export async function fetchUser(): Promise<User | null> {
  try {
    return await call<User>("/user");
  } catch (error) {
    if (error instanceof ApiError && error.isSignedOut) return null;
    throw error;
  }
}

export function fetchEnvironment(): Promise<Environment> {
  return call<Environment>("/api/environment");
}

export async function fetchChats(): Promise<ChatSummary[]> {
  return asArray<ChatSummary>(await call("/api/chats"));
}

export async function createChat(): Promise<string> {
  const { id } = await call<{ id: string }>("/api/chats", { method: "POST", body: "{}" });
  return id;
}

export async function renameChat(id: string, title: string): Promise<void> {
  await call(`/api/chats/${encodeURIComponent(id)}`, { method: "PATCH", body: JSON.stringify({ title }) });
}

export async function deleteChat(id: string): Promise<void> {
  await call(`/api/chats/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** The whole transcript of a chat, oldest message first. */
export async function fetchMessages(chatId: string): Promise<UIMessage[]> {
  return asArray<UIMessage>(await call(`/agents/chat/${encodeURIComponent(chatId)}/get-messages`));
}

export async function fetchConnections(): Promise<ConnectedAccount[]> {
  return asArray<ConnectedAccount>(await call("/api/connections"));
}

/** Of several accounts of one connection, this one is used from now on; the others are disconnected. */
export async function chooseConnection(id: string): Promise<void> {
  await call(`/api/connections/${encodeURIComponent(id)}`, { method: "PATCH", body: JSON.stringify({ inUse: true }) });
}

/** Disconnects an account; what was done for it. */
export async function deleteConnection(id: string): Promise<DisconnectStep[]> {
  const init = { method: "DELETE", headers: { prefer: "return=representation" } };
  return (await call<{ steps: DisconnectStep[] }>(`/api/connections/${encodeURIComponent(id)}`, init)).steps;
}

export async function fetchSchedules(): Promise<Schedule[]> {
  return asArray<Schedule>(await call("/api/schedules"));
}

export async function fetchSessions(): Promise<Login[]> {
  return asArray<Login>(await call("/api/sessions"));
}

/** Ends one login, or with "others" every one but this browser's. */
export async function endSession(id: string): Promise<void> {
  await call(`/api/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Reads an error body `{error, code, id}`; anything else becomes a plain sentence about the status. */
export function readError(status: number, body: unknown): ApiError {
  if (typeof body === "object" && body !== null) {
    const { error, code, id } = body as Record<string, unknown>;
    if (typeof error === "string" && error !== "") {
      return new ApiError(status, error, typeof code === "string" ? code : `http_${status}`, typeof id === "string" ? id : undefined);
    }
  }
  const sentence = status >= 500 ? "The server could not do that just now." : "The server refused that request.";
  return new ApiError(status, `${sentence} (${status})`, `http_${status}`);
}

/** Asks the Worker; its JSON. Throws `ApiError` for everything that is no success. */
export async function call<T>(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      credentials: "same-origin",
      headers: { accept: "application/json", ...(init.body ? { "content-type": "application/json" } : {}), ...init.headers },
    });
  } catch {
    throw new ApiError(0, "The server cannot be reached. Check your connection and try again.", "network");
  }
  const text = await response.text();
  const body = parseJson(text);
  if (!response.ok) throw readError(response.status, body);
  return body as T;
}

/** The JSON of a body; undefined where there is none. */
export function parseJson(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asArray<T>(body: unknown): T[] {
  return Array.isArray(body) ? (body as T[]) : [];
}
