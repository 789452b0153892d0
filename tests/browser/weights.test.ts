// What each page loads until it stands still, scripts and style sheets together, compressed. The limits are in docs/adr/0012.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../harness/index.ts";
import { CannedWorker, type Canned } from "./support/canned-worker.ts";

const user = { sub: "auth0|ana", name: "Ana" };
const chats = [{ id: "one", title: "One", createdAt: 1 }];
const answer = "# Yes\n\n- **one**\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x;\n```";
const messages = [
  { id: "m1", role: "user", parts: [{ type: "text", text: "Show me" }] },
  { id: "m2", role: "assistant", parts: [{ type: "text", text: answer }] },
];

/** A page, the limit of what it loads in kilobytes, and what is on it when it stands. */
const pages: { name: string; path: string; limit: number; canned: Canned; stands: (page: Page) => Promise<unknown> }[] = [
  {
    name: "landing",
    path: "/",
    limit: 120,
    canned: { environment: { offline: true, model: "scripted", scripted: true, users: [{ email: "ana@example.com", password: "x" }] } },
    stands: (page) => page.getByRole("heading", { name: "You are not logged in" }).waitFor(),
  },
  { name: "start", path: "/", limit: 120, canned: { user, chats }, stands: (page) => page.getByRole("heading", { name: "Hello Ana" }).waitFor() },
  {
    name: "chat with Markdown",
    path: "/c/one",
    limit: 250,
    canned: { user, chats, messages },
    stands: async (page) => {
      await page.getByRole("table").waitFor();
      await page.getByText("Online", { exact: true }).waitFor();
    },
  },
  {
    name: "connections",
    path: "/connections",
    limit: 120,
    canned: { user, chats },
    stands: (page) => page.getByText("No account is connected.").waitFor(),
  },
  {
    name: "documents",
    path: "/documents",
    limit: 120,
    canned: { user, chats },
    stands: (page) => page.getByRole("heading", { name: "No documents yet" }).waitFor(),
  },
  { name: "schedules", path: "/schedules", limit: 120, canned: { user, chats }, stands: (page) => page.getByText("Nothing is scheduled.").waitFor() },
];

let worker: CannedWorker;
let browser: Browser;
before(async () => {
  worker = await CannedWorker.start();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await worker?.stop();
});

for (const { name, path, limit, canned, stands } of pages) {
  test(`${name}: at most ${limit} KB`, async (t) => {
    worker.canned = canned;
    worker.takeLoaded();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${worker.url}${path}`, { waitUntil: "load" });
    await stands(page);
    // What would be fetched ahead of time counts too.
    await page.waitForTimeout(500);
    await context.close();
    const loaded = worker.takeLoaded();
    const total = loaded.reduce((sum, { gzip }) => sum + gzip, 0) / 1000;
    const list = loaded.map((file) => `${file.path} ${(file.gzip / 1000).toFixed(1)}`).join(", ");
    t.diagnostic(`${name}: ${total.toFixed(1)} KB (${list})`);
    assert.ok(total > 50, "a page without scripts was not loaded");
    assert.ok(total <= limit, `${name} loads ${total.toFixed(1)} KB, more than ${limit}: ${list}`);
  });
}
