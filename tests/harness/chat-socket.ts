import { WebSocket, type ClientOptions } from "ws";
import type { HttpClient } from "./http-client.ts";

/** One JSON frame of the chat protocol. */
export type Frame = { type?: string; [key: string]: unknown };

export interface SocketOptions {
  /** The Origin header; the application's own by default, none with `null`. */
  origin?: string | null;
  headers?: Record<string, string>;
  /** Query parameters of the upgrade request. */
  query?: Record<string, string>;
}

/** A chat socket with the cookies of a client; collects every frame. */
export class ChatSocket {
  readonly frames: Frame[] = [];
  /** Set when the socket is closed. */
  closed: { code: number; reason: string } | undefined;
  readonly #socket: WebSocket;
  readonly #watchers = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.frames.push(parse(String(data)));
      this.#changed();
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#changed();
    });
    socket.on("error", () => undefined);
  }

  /** Opens a chat's socket; rejects with `UpgradeRefused` when the server answers without an upgrade. */
  static async open(client: HttpClient, chatId: string, options: SocketOptions = {}): Promise<ChatSocket> {
    const url = new URL(`/agents/chat/${encodeURIComponent(chatId)}`, client.baseUrl);
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value);
    const cookie = client.cookieHeader(url);
    const origin = options.origin === undefined ? url.origin : options.origin;
    const headers = { ...(cookie ? { cookie } : {}), ...(origin === null ? {} : { origin }), ...options.headers };
    url.protocol = url.protocol.replace("http", "ws");
    // workerd leaves the connection of a hibernatable socket open after both close frames; browsers wait two seconds for it.
    const socket = new WebSocket(url, { headers, closeTimeout: 500 } as ClientOptions);
    const chat = new ChatSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("unexpected-response", (_, response) => {
        let body = "";
        response
          .setEncoding("utf8")
          .on("data", (text: string) => (body += text))
          .on("end", () => reject(new UpgradeRefused(response.statusCode ?? 0, body)));
      });
      socket.once("error", reject);
    });
    return chat;
  }

  send(frame: unknown): void {
    this.#socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /**
   * The first frame that satisfies `predicate`, among those from index `from` on (all by default) and those to come.
   * Fails with everything received when the socket closes or `timeout` ms pass first.
   */
  async waitFor(predicate: (frame: Frame) => boolean, timeout = 10_000, from = 0): Promise<Frame> {
    const find = () => this.frames.slice(from).find(predicate);
    await this.#until(() => find() !== undefined || this.closed !== undefined, timeout);
    const found = find();
    if (!found)
      throw new Error(
        `no such frame ${this.closed ? `before the close ${this.closed.code} ${this.closed.reason}` : `within ${timeout} ms`}; got:\n${this.transcript()}`,
      );
    return found;
  }

  /** The close code and reason, once the server closed the socket. */
  async waitForClose(timeout = 10_000): Promise<{ code: number; reason: string }> {
    await this.#until(() => this.closed !== undefined, timeout);
    if (!this.closed) throw new Error(`still open after ${timeout} ms; got:\n${this.transcript()}`);
    return this.closed;
  }

  /** The chunks of the AI SDK stream inside the response frames, optionally of one request. */
  chunks(id?: string): { type: string; [key: string]: unknown }[] {
    return this.frames
      .filter((frame) => frame.type === "cf_agent_use_chat_response" && (id === undefined || frame.id === id))
      .flatMap((frame) => (typeof frame.body === "string" && frame.body.startsWith("{") ? [JSON.parse(frame.body) as { type: string }] : []));
  }

  /** The text of all text deltas, optionally of one request. */
  text(id?: string): string {
    return this.chunks(id)
      .map((chunk) => (chunk.type === "text-delta" ? String(chunk.delta) : ""))
      .join("");
  }

  /** Closes from our side and waits until the server has answered. */
  async close(code = 1000, reason = ""): Promise<void> {
    if (this.closed) return;
    this.#socket.close(code, reason);
    await this.#until(() => this.closed !== undefined, 2_000);
    this.#socket.terminate();
  }

  transcript(): string {
    return this.frames.map((frame) => JSON.stringify(frame).slice(0, 400)).join("\n");
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #until(check: () => boolean, timeout: number): Promise<void> {
    if (check()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve();
      };
      const watcher = () => {
        if (check()) end();
      };
      const timer = setTimeout(end, timeout);
      this.#watchers.add(watcher);
    });
  }
}

/** The server answered the upgrade request with a plain answer. */
export class UpgradeRefused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`the upgrade was refused with ${status}: ${body.slice(0, 300)}`);
    this.status = status;
    this.body = body;
  }
}

function parse(text: string): Frame {
  try {
    return JSON.parse(text) as Frame;
  } catch {
    return { type: "(not JSON)", text };
  }
}
