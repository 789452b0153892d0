import "./dom.ts";
import { useAgentChat } from "@cloudflare/ai-chat/react";
import { useAgent } from "agents/react";
import { Suspense, createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { type ClientOptions, WebSocket } from "ws";
import type { HttpClient } from "../harness/index.ts";
import { eventually } from "../socket/support/chat.ts";
import { type SentOrReceived, ShownChat } from "./shown-chat.ts";

type Screen = ReturnType<typeof useOfficialHooks>;

/** The newest official hooks on screen, as a page of the user's browser would have them. */
export class OfficialClient extends ShownChat {
  #screen: Screen | undefined;
  #spied: Screen["agent"]["send"] | undefined;
  #root: Root | undefined;

  /** Opens the chat as the user whose cookies `http` holds. */
  static async open(http: HttpClient, chatId: string): Promise<OfficialClient> {
    const client = new OfficialClient();
    await client.#render(http, chatId);
    return client;
  }

  override get chat(): Screen["chat"] {
    return this.#shown().chat;
  }

  get agent(): Screen["agent"] {
    return this.#shown().agent;
  }

  override get quiet(): boolean {
    const { status, isStreaming, isToolContinuation } = this.chat;
    return (status === "ready" || status === "error") && !isStreaming && !isToolContinuation;
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
    const cookie = () => http.cookieHeader();
    const options = {
      chatId,
      host: hostOfNextPage(http.baseUrl),
      cookie,
      socket: browserSocket(new URL(http.baseUrl).origin, cookie),
      onFrame: (frame: SentOrReceived) => void this.received.push(frame),
      onError: (error: Error) => void this.errors.push(error),
    };
    const view = () => {
      const screen = useOfficialHooks(options);
      this.#spy(screen.agent);
      this.#screen = screen;
      this.rendered();
      return null;
    };
    this.#root = createRoot(document.createElement("div"));
    this.#root.render(createElement(Suspense, { fallback: null }, createElement(view)));
    await eventually("the client is on screen and online", () => this.#screen?.agent.readyState === WebSocket.OPEN && this.#screen.agent.identified);
    await this.see("an answer whether a stream runs", ({ received }) =>
      received.some(({ type }) => type === "cf_agent_stream_resume_none" || type === "cf_agent_stream_resuming"),
    );
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

let pages = 0;

/** The hook keeps the transcript it read first for the whole page, by the host as it is spelled. Each client is a page. */
function hostOfNextPage(baseUrl: string): string {
  pages += 1;
  return `${[..."localhost"].map((letter, bit) => ((pages >> bit) & 1 ? letter.toUpperCase() : letter)).join("")}:${new URL(baseUrl).port}`;
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
