import type { HttpClient } from "../harness/index.ts";
import { type SentOrReceived, ShownChat } from "../official-client/shown-chat.ts";
import * as g0 from "../official-client-g0/library.ts";
import * as g1 from "../official-client-g1/library.ts";
import { eventually, type Part } from "../socket/support/chat.ts";
import type { Interrupt } from "../socket/support/connect.ts";

type Library = typeof g0;
type Screen = ReturnType<typeof useStarterHooks>;
/** What the Auth0 hook holds while a call waits. */
export type ToolInterrupt = Interrupt & { resume(): void };

/** The packages of each old generation. The newer one's types differ where no page of a starter looks. */
export const libraries = { G0: g0, G1: g1 as unknown as Library } as const;
export type OldGeneration = keyof typeof libraries;

export interface PageOptions {
  /** The AI SDK's own option: on loading, ask for a stream that may be running. */
  resume?: boolean;
  /** An option of generation 1: the server goes on by itself after an answer, without another request of the page. */
  autoContinueAfterToolResult?: boolean;
}

/** The hooks of an old official client on screen, put together as in the Auth0 starter. */
export class OldClient extends ShownChat {
  #screen: Screen | undefined;
  #spied: Screen["agent"]["send"] | undefined;
  #root: ReturnType<Library["createRoot"]> | undefined;

  /** Opens the chat as the user whose cookies `http` holds. */
  static async open(generation: OldGeneration, http: HttpClient, chatId: string, options: PageOptions = {}): Promise<OldClient> {
    const client = new OldClient();
    await client.#render(libraries[generation], http, chatId, options);
    return client;
  }

  override get chat(): Screen["chat"] {
    return this.#shown().chat;
  }

  get agent(): Screen["agent"] {
    return this.#shown().agent;
  }

  /** The interrupt that the page shows a card for. */
  get interrupt(): ToolInterrupt | undefined {
    return (this.chat.toolInterrupt ?? undefined) as ToolInterrupt | undefined;
  }

  override get quiet(): boolean {
    return this.chat.status === "ready" || this.chat.status === "error";
  }

  /** Answers a waiting call, as the starter's cards do. */
  answer(part: Pick<Part, "type" | "toolCallId">, output: unknown): void {
    void this.chat.addToolResult({ tool: part.type.slice("tool-".length), toolCallId: part.toolCallId ?? "", output } as Parameters<
      Screen["chat"]["addToolResult"]
    >[0]);
  }

  /**
   * What `useAgentChatInterruptions` does when the starter's pop-up has closed: a new connection, and half a second after
   * it is open the answer, without anything the pop-up said. Its package (`@auth0/ai-cloudflare`) is in no registry.
   */
  popUpClosed(): void {
    const { interrupt, agent } = this;
    if (!interrupt) throw new Error("no card is shown");
    agent.addEventListener("open", () => setTimeout(() => interrupt.resume(), 500), { once: true });
    agent.reconnect();
  }

  close(): void {
    this.#screen?.agent.close();
    this.#root?.unmount();
  }

  #shown(): Screen {
    if (!this.#screen) throw new Error("not rendered yet");
    return this.#screen;
  }

  async #render(
    library: Library,
    http: HttpClient,
    chatId: string,
    { resume = false, autoContinueAfterToolResult = false }: PageOptions,
  ): Promise<void> {
    const { createElement, createRoot, Suspense } = library;
    const cookie = () => http.cookieHeader();
    const options = {
      chatId,
      host: new URL(http.baseUrl).host,
      query: { page: crypto.randomUUID() },
      cookie,
      socket: nodeSocket(new URL(http.baseUrl).origin, cookie),
      onFrame: (frame: SentOrReceived) => void this.received.push(frame),
      onError: (error: Error) => void this.errors.push(error),
      own: { resume, autoContinueAfterToolResult },
    };
    const view = () => {
      const screen = useStarterHooks(library, options);
      this.#spy(screen.agent);
      this.#screen = screen;
      this.rendered();
      return null;
    };
    this.#root = createRoot(document.createElement("div"));
    this.#root.render(createElement(Suspense, { fallback: null }, createElement(view)));
    await eventually(
      "the client is on screen and online",
      () => this.#screen?.agent.readyState === WebSocket.OPEN && this.received.some(({ type }) => type === "cf_agent_identity"),
    );
  }

  #spy(agent: Screen["agent"]): void {
    if (this.#spied === agent.send) return;
    const send = agent.send.bind(agent);
    agent.send = (data) => {
      this.sent.push(JSON.parse(String(data)) as SentOrReceived);
      send(data);
    };
    this.#spied = agent.send;
  }
}

interface HookOptions {
  chatId: string;
  host: string;
  /** The hook keeps the transcript it read first for the whole page, by its address. Each client here is a page. */
  query: { page: string };
  cookie: () => string;
  socket: typeof WebSocket;
  onFrame: (frame: SentOrReceived) => void;
  onError: (error: Error) => void;
  own: Required<PageOptions>;
}

/** What the starter's page does with the hooks. */
function useStarterHooks(
  { useAgent, useAgentChat, useInterruptions }: Library,
  { chatId, host, query, cookie, socket, onFrame, onError, own }: HookOptions,
) {
  const agent = useAgent({
    agent: "chat",
    name: chatId,
    host,
    query,
    protocol: "ws",
    WebSocket: socket,
    onMessage: (event: MessageEvent) => onFrame(JSON.parse(String(event.data)) as SentOrReceived),
  });
  const chat = useInterruptions((handle) => useAgentChat({ agent, headers: { cookie: cookie() }, onError: handle(onError), ...own }));
  return { agent, chat };
}

/** Node's own socket with the user's cookies and the page's origin: the old clients take no other kind of event. */
function nodeSocket(origin: string, cookie: () => string): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols: string | string[] = []) {
      super(url, { protocols, headers: { cookie: cookie(), origin } } as unknown as string[]);
    }
  };
}
