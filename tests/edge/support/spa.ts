import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { HttpClient, type Deputy } from "../../harness/index.ts";
import { submitLogin } from "../../harness/login.ts";
import type { Message, Part } from "../../socket/support/chat.ts";

/** A chunk of the UI message stream. */
export interface Chunk {
  type: string;
  messageId?: string;
  messageMetadata?: { threadId?: string };
  errorText?: string;
  delta?: string;
  toolCallId?: string;
  toolName?: string;
  input?: unknown;
  output?: unknown;
}

/** An answer to `POST /chat`, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  raw: string;
  chunks: Chunk[];
  text: string;
  thread: string;
  /** The error part's text. */
  error: string | undefined;
}

interface Ai5 {
  DefaultChatTransport: new (options: object) => { sendMessages(options: object): Promise<ReadableStream<Chunk>> };
  readUIMessageStream(options: { stream: ReadableStream<Chunk>; message?: unknown; onError?: (error: unknown) => void }): AsyncIterable<Message>;
}
const ai5 = createRequire(new URL("../../wire-schema/package.json", import.meta.url))("ai5") as Ai5;

/** A single-page application or another client that has a user's access token and no session with Deputy. */
export class Spa {
  readonly deputy: Deputy;
  readonly token: string;

  constructor(deputy: Deputy, token: string) {
    this.deputy = deputy;
    this.token = token;
  }

  /** Logs a user in at the tenant, as the native application with PKCE. */
  static async login(deputy: Deputy, name: string, query: Record<string, string> = {}): Promise<Spa> {
    return new Spa(deputy, await accessToken(deputy, name, query));
  }

  /** What a POST is answered, whatever it is. */
  async post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const init = {
      method: "POST",
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    };
    const answer = await fetch(`${this.deputy.url}/chat`, init);
    return read(answer, await answer.text());
  }

  /** The same through the AI SDK's own transport and stream reader (v5): chunks that its closed schema refuses would throw. */
  async official(id: string, messages: Message[], last?: Message): Promise<{ message: Message | undefined; error: string | undefined }> {
    let error: string | undefined;
    const transport = new ai5.DefaultChatTransport({ api: `${this.deputy.url}/chat`, headers: { authorization: `Bearer ${this.token}` } });
    const stream = await transport.sendMessages({ chatId: id, messages, trigger: "submit-message" });
    let message: Message | undefined;
    const options = {
      stream,
      onError: (cause: unknown) => {
        error = cause instanceof Error ? cause.message : String(cause);
      },
      ...(last ? { message: structuredClone(last) } : {}),
    };
    for await (const state of ai5.readUIMessageStream(options)) message = structuredClone(state);
    return { message, error };
  }

  /** The transcript of a thread, with this token. */
  async history(thread: string): Promise<Message[]> {
    const page = await new HttpClient(this.deputy.url).get(`/agents/chat/${thread}/get-messages`, {
      headers: { authorization: `Bearer ${this.token}` },
    });
    assert.equal(page.status, 200, page.text);
    return JSON.parse(page.text) as Message[];
  }

  async chats(): Promise<{ id: string; title: string }[]> {
    const page = await new HttpClient(this.deputy.url).get("/api/chats", { headers: { authorization: `Bearer ${this.token}` } });
    assert.equal(page.status, 200, page.text);
    return JSON.parse(page.text) as { id: string; title: string }[];
  }
}

function read(answer: Response, raw: string): Answer {
  const lines = raw.split("\n\n").filter((line) => line.startsWith("data: ") && line !== "data: [DONE]");
  const chunks = lines.map((line) => JSON.parse(line.slice(6)) as Chunk);
  const text = chunks.map(({ type, delta }) => (type === "text-delta" ? (delta ?? "") : "")).join("");
  const error = chunks.find(({ type }) => type === "error")?.errorText;
  return { status: answer.status, headers: answer.headers, raw, chunks, text, thread: answer.headers.get("x-thread-id") ?? "", error };
}

/** An access token of the native application, by authorization code with PKCE. */
export async function accessToken(deputy: Deputy, name: string, query: Record<string, string> = {}): Promise<string> {
  const verifier = randomBytes(32).toString("base64url");
  const redirect = `${deputy.url}/native/callback`;
  const parameters = new URLSearchParams({
    client_id: "deputy-offline-device",
    response_type: "code",
    redirect_uri: redirect,
    scope: "openid profile email",
    audience: deputy.offline.settings().AUTH0_AUDIENCE ?? "",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...query,
  });
  const client = new HttpClient(deputy.offline.issuer);
  const end = await submitLogin(client, await client.get(`/authorize?${parameters.toString()}`), await deputy.offline.user(name));
  // The callback page asks for a login of its own; the code is on the way there.
  const code = codeOf(end.url) ?? assert.fail(`no code: ${end.url} ${end.status}`);
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: "deputy-offline-device",
    code,
    redirect_uri: redirect,
    code_verifier: verifier,
  });
  const answer = await fetch(`${deputy.offline.issuer}oauth/token`, { method: "POST", body });
  const tokens = (await answer.json()) as { access_token?: string };
  assert.ok(tokens.access_token, JSON.stringify(tokens));
  return tokens.access_token;
}

function codeOf(url: string): string | undefined {
  return new URL(url).searchParams.get("code") ?? undefined;
}

/** The last part of a message that belongs to a tool. */
export function toolPart(message: Message | undefined): Part {
  return message?.parts.findLast(({ toolCallId }) => toolCallId !== undefined) ?? assert.fail(`no call in ${JSON.stringify(message)}`);
}

/** The message as the official hooks leave it when they answer a call. */
export function answered(message: Message, output: unknown, changes: Partial<Part> = {}): Message {
  const call = toolPart(message);
  return {
    ...message,
    parts: message.parts.map((part) => (part.toolCallId === call.toolCallId ? { ...part, state: "output-available", output, ...changes } : part)),
  };
}
