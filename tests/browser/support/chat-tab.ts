import type { Locator, Page, WebSocket } from "playwright-core";
import { expectThat } from "./expect.ts";

/** One tab with the application, by the roles and names that assets/README.md promises. */
export class ChatTab {
  readonly page: Page;
  readonly log: Locator;
  readonly composer: Locator;
  readonly connectCard: Locator;
  readonly confirmCard: Locator;
  readonly phoneCard: Locator;
  readonly outcomeCard: Locator;
  readonly signInCard: Locator;
  /** Says in the chat that the session has ended. */
  readonly ended: Locator;
  readonly chats: Locator;

  readonly #sockets = new Set<WebSocket>();

  constructor(page: Page) {
    this.page = page;
    page.on("websocket", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.log = page.getByRole("log", { name: "Messages" });
    this.composer = page.getByRole("textbox", { name: "Message", exact: true });
    this.connectCard = page.getByRole("region", { name: "Authorization Required." });
    this.confirmCard = page.getByRole("region", { name: "Approval needed" });
    this.phoneCard = page.getByRole("region", { name: "Check your phone" });
    this.outcomeCard = page.getByRole("region", { name: "It is not known whether this happened" });
    this.signInCard = page.getByRole("region", { name: "Sign in again" });
    this.ended = page.getByRole("alert").filter({ hasText: "Your session has ended" });
    this.chats = page.getByRole("navigation", { name: "Chats" });
  }

  /** Makes a chat with the sidebar's button; its id. */
  async newChat(): Promise<string> {
    const before = this.page.url();
    await this.button("New chat").click();
    await this.page.waitForURL((url) => url.href !== before && url.pathname.startsWith("/c/"));
    await this.online();
    return this.chatId;
  }

  get chatId(): string {
    return decodeURIComponent(new URL(this.page.url()).pathname.replace(/^\/c\//, ""));
  }

  /** Waits until the chat's socket is open. */
  async online(): Promise<void> {
    await this.page.getByText("Online", { exact: true }).waitFor();
  }

  /** Waits until every socket of the tab is closed. Called before it happens, it fails when there is none to close. */
  async socketClosed(): Promise<void> {
    if (this.#sockets.size === 0) throw new Error("no socket is open");
    await expectThat(
      async () => this.#sockets.size === 0,
      async () => "the socket stays open",
    );
  }

  /** Types a sentence and sends it with the Enter key. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await this.messages("You").filter({ hasText: text }).last().waitFor();
  }

  /** Sends a sentence and waits until the answer shows `answer`. */
  async ask(text: string, answer: string | RegExp): Promise<Locator> {
    const before = await this.messages("Assistant").count();
    await this.send(text);
    const reply = this.messages("Assistant").nth(before);
    // The result is also in the folded details.
    await reply.getByText(answer).filter({ visible: true }).first().waitFor();
    await this.idle();
    return reply;
  }

  /** Waits until no answer is being written. */
  async idle(): Promise<void> {
    await this.page.locator('[role="log"][aria-busy="false"]').waitFor();
  }

  messages(who: "You" | "Assistant"): Locator {
    return this.log.getByRole("article", { name: who });
  }

  /** The cards of a tool, oldest first. */
  tool(name: string): Locator {
    return this.log.locator(`[data-tool="${name}"]`);
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** The roles and texts of all messages, for comparing two tabs or two moments. */
  async transcript(): Promise<string[]> {
    await this.idle();
    return await this.log
      .getByRole("article")
      .evaluateAll((articles) => articles.map((one) => `${one.getAttribute("aria-label")}: ${(one as HTMLElement).innerText}`));
  }

  /** Waits until this tab shows exactly what another list says. */
  async shows(transcript: string[]): Promise<void> {
    const same = async () => JSON.stringify(await this.transcript()) === JSON.stringify(transcript);
    await expectThat(same, async () => difference(await this.transcript(), transcript));
  }

  /** A request with the cookies of this browser. */
  async fetch(path: string): Promise<{ status: number; text: string }> {
    const answer = await this.page.request.get(path, { maxRedirects: 0 });
    return { status: answer.status(), text: await answer.text() };
  }
}

function difference(shown: string[], wanted: string[]): string {
  const at = shown.findIndex((message, index) => message !== wanted[index]);
  const first = at < 0 ? shown.length : at;
  return `${shown.length} messages instead of ${wanted.length}; the first that differs:\n${shown[first]}\n--- instead of ---\n${wanted[first]}`;
}
