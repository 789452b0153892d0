import assert from "node:assert/strict";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { ChatTab } from "./chat-tab.ts";

/** What one person's browser saw: everything that must stay empty, and everything that crossed its sockets. */
export interface Seen {
  /** Console errors, exceptions, refused content (CSP) and answers of 500 and above. */
  problems: string[];
  /** Payloads of WebSocket frames received. */
  received: string[];
  /** Payloads of WebSocket frames sent. */
  sent: string[];
  /** Bodies of the answers of the application (pages, scripts left out). */
  bodies: string[];
}

/** One person at one browser profile: cookies and tabs of their own, watched from the first request on. */
export class Visitor {
  readonly seen: Seen = { problems: [], received: [], sent: [], bodies: [] };
  readonly context: BrowserContext;
  readonly url: string;
  /** Refusals that belong to the story: browsers log every answer of 400 and above. */
  readonly #refusals = ["401 /user"];

  private constructor(context: BrowserContext, url: string) {
    this.context = context;
    this.url = url;
    context.on("page", (page) => this.#watch(page));
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({
      baseURL: url,
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    context.setDefaultTimeout(15_000);
    return new Visitor(context, url);
  }

  /** A new tab at a path of the application. */
  async tab(path: string): Promise<ChatTab> {
    const tab = new ChatTab(await this.context.newPage());
    await tab.page.goto(path);
    return tab;
  }

  /** From the landing page through the tenant's form to the greeting. */
  async logIn(tab: ChatTab, user: { email: string; password: string; name: string }): Promise<void> {
    const { page } = tab;
    await page.getByRole("link", { name: "Login" }).click();
    await this.fillTenantForm(page, user);
    await page.getByRole("heading", { name: `Hello ${user.name}` }).waitFor();
  }

  async fillTenantForm(page: Page, user: { email: string; password: string }): Promise<void> {
    await page.getByLabel("Email address").fill(user.email);
    await page.getByLabel("Password").fill(user.password);
    await page.getByRole("button", { name: "Continue", exact: true }).click();
  }

  /** Opens the consent window with a button, answers the provider's question and waits until the window has closed itself. */
  async consent(tab: ChatTab, button: Locator, check: (popup: Page) => Promise<void>, decision: "Allow" | "Cancel" = "Allow"): Promise<void> {
    const [popup] = await Promise.all([tab.page.waitForEvent("popup"), button.click()]);
    const closed = popup.waitForEvent("close");
    await popup.waitForURL(/\/consent\?/);
    await check(popup);
    await popup.getByRole("button", { name: decision }).click();
    await closed;
  }

  /** The next pages may be refused this path. */
  mayBeRefused(status: number, path: string): void {
    this.#refusals.push(`${status} ${path}`);
  }

  /** Fails when something went wrong that no assertion on the page would show. */
  assertNoProblems(): void {
    assert.deepEqual(this.seen.problems, []);
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  #watch(page: Page): void {
    const { problems, received, sent, bodies } = this.seen;
    page.on("console", (message) => {
      if (message.type() === "error" && !this.#isExpected(message.text(), message.location().url))
        problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => problems.push(`exception: ${error.stack ?? error.message}`));
    page.on("response", (response) => {
      if (response.status() >= 500) problems.push(`${response.status()} ${response.url()}`);
      if (response.url().startsWith(this.url) && !/\.(js|css|svg)$/.test(response.url())) {
        bodies.push(JSON.stringify(response.headers()));
        response.text().then(
          (text) => bodies.push(text),
          () => undefined,
        );
      }
    });
    page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => received.push(String(payload)));
      socket.on("framesent", ({ payload }) => sent.push(String(payload)));
      socket.on("socketerror", (error) => problems.push(`socket: ${error}`));
    });
  }

  #isExpected(text: string, url: string): boolean {
    const status = /status of (\d{3})/.exec(text)?.[1];
    return status !== undefined && this.#refusals.includes(`${status} ${new URL(url).pathname}`);
  }
}
