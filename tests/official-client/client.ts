import "./dom.ts";
import { useAgentChat } from "@cloudflare/ai-chat/react";
import { useAgent } from "agents/react";
import type { UIMessage } from "ai";
import { Suspense, createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { type ClientOptions, WebSocket } from "ws";
import type { HttpClient } from "../harness/index.ts";
import { eventually, type Part } from "../socket/support/chat.ts";

type Screen = ReturnType<typeof useOfficialHooks>;
interface SentOrReceived {
  type?: string;
  id?: string;
  [key: string]: unknown;
}

let pages = 0;

/** The official hooks on screen, as a page of the user's browser would have them. */
export class OfficialClient {
  /** What `onError` was told. */
  readonly errors: Error[] = [];
  /** Every frame that came in. */
  readonly received: SentOrReceived[] = [];
  /** Every frame that went out. */
  readonly sent: SentOrReceived[] = [];
  /** Every status the hook had, in order. */
  readonly statuses: string[] = [];
  /** How long the last text part was at each rendering, which shows whether it grew while it streamed. */
  readonly lengths: number[] = [];
  #screen: Screen | undefined;
  #spied: Screen["agent"]["send"] | undefined;
  #root: Root | undefined;

  /** Opens the chat as the user whose cookies `http` holds. */
  static async open(http: HttpClient, chatId: string): Promise<OfficialClient> {
    const client = new OfficialClient();
    await client.#render(http, chatId);
    return client;
  }

  get chat(): Screen["chat"] {
    return this.#shown().chat;
  }

  get agent(): Screen["agent"] {
    return this.#shown().agent;
  }

  get messages(): UIMessage[] {
    return this.chat.messages;
  }

  get parts(): Part[] {
    return this.messages.flatMap(({ parts }) => parts as Part[]);
  }

  /** Texts of the messages, one string a message. */
  get texts(): string[] {
    return this.messages.map(({ parts }) => parts.map((part) => (part.type === "text" ? part.text : "")).join(""));
  }

  /** The part of the last call of a tool. */
  tool(name: string): Part | undefined {
    return this.parts.findLast(({ type }) => type === `tool-${name}`);
  }

  /** Sends a message as the user would. */
  say(text: string): void {
    void this.chat.sendMessage({ text });
  }

  /** Waits until `check` gives something. */
  async see<T>(what: string, check: (client: this) => T | undefined | false, timeout = 15_000): Promise<T> {
    return await eventually(what, () => check(this), timeout).catch((error: Error) => {
      throw new Error(`${error.message}\nstatus ${this.chat.status}, errors ${JSON.stringify(this.errors.map(String))}\n${JSON.stringify(this.messages, null, 1)}\n${this.received.slice(-20).map((frame) => JSON.stringify(frame)).join("\n")}`);
    });
  }

  /** Waits until nothing runs. */
  async idle(): Promise<void> {
    await this.see("an idle client", ({ chat }) => (chat.status === "ready" || chat.status === "error") && !chat.isStreaming && !chat.isToolContinuation);
  }

  /** Says something and waits for an answer that fits. */
  async askFor(text: string, answer: RegExp): Promise<string> {
    const before = this.messages.length;
    this.say(text);
    const found = await this.see(`an answer like ${answer} to ${text}`, ({ texts }) => texts.slice(before + 1).find((one) => answer.test(one)));
    await this.idle();
    return found;
  }

  close(): void {
    this.#screen?.agent.close();
    this.#root?.unmount();
  }

  #shown(): Screen {
    if (!this.#screen) throw new Error("not rendered yet");
    return this.#screen;
  }

  async #render(http: HttpClient, chatId: string): Promise<void> {
    const { origin, port } = new URL(http.baseUrl);
    // The hook keeps the transcript it read first for the whole page, by the host as it is spelled. Each client is a page.
    pages += 1;
    const host = `${[..."localhost"].map((letter, bit) => ((pages >> bit) & 1 ? letter.toUpperCase() : letter)).join("")}:${port}`;
    const cookie = () => http.cookieHeader();
    const options = {
      chatId,
      host,
      cookie,
      socket: browserSocket(origin, cookie),
      onFrame: (frame: SentOrReceived) => void this.received.push(frame),
      onError: (error: Error) => void this.errors.push(error),
    };
    const view = () => {
      const screen = useOfficialHooks(options);
      this.#spy(screen.agent);
      this.#screen = screen;
      if (this.statuses.at(-1) !== screen.chat.status) this.statuses.push(screen.chat.status);
      this.lengths.push(this.texts.at(-1)?.length ?? 0);
      return null;
    };
    this.#root = createRoot(document.createElement("div"));
    this.#root.render(createElement(Suspense, { fallback: null }, createElement(view)));
    await eventually("the client is on screen and online", () => this.#screen?.agent.readyState === WebSocket.OPEN && this.#screen.agent.identified);
    await this.see("an answer whether a stream runs", ({ received }) => received.some(({ type }) => type === "cf_agent_stream_resume_none" || type === "cf_agent_stream_resuming"));
  }

  #spy(agent: Screen["agent"]): void {
    if (this.#spied === agent.send) return;
    const send = agent.send.bind(agent);
    agent.send = (data) => {
      this.sent.push(JSON.parse(String(data)) as SentOrReceived);
      return send(data);
    };
    this.#spied = agent.send;
  }
}

interface HookOptions {
  chatId: string;
  host: string;
  cookie: () => string;
  socket: typeof WebSocket;
  onFrame: (frame: SentOrReceived) => void;
  onError: (error: Error) => void;
}

/** What a developer writes to use the official client. */
function useOfficialHooks({ chatId, host, cookie, socket, onFrame, onError }: HookOptions) {
  const agent = useAgent({
    agent: "chat",
    name: chatId,
    host,
    protocol: "ws",
    WebSocket: socket,
    onMessage: (event: MessageEvent) => onFrame(JSON.parse(String(event.data)) as SentOrReceived),
  });
  const chat = useAgentChat({ agent, headers: { cookie: cookie() }, body: () => ({ timeZone: "Europe/Berlin" }), onError });
  return { agent, chat };
}

/** A browser's socket, as far as a server can tell: with the user's cookies and the page's origin. */
function browserSocket(origin: string, cookie: () => string): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      const options: ClientOptions & { closeTimeout: number } = { headers: { cookie: cookie(), origin }, closeTimeout: 500 };
      super(url, protocols ?? [], options);
    }
  } as typeof WebSocket;
}
