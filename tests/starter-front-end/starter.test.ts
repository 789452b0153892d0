// The Auth0 Cloudflare starter's own front end, as it is published, in a real browser in front of Deputy: its pages are answered from its
// build, everything else by the Worker. Its code is not in this repository: the test runs where STARTER_FRONT_END names the build
// (docs/development.md). What its pages ask for is tested always, with the packages they are made of: `interrupts.test.ts` and
// `turns.test.ts` of `tests/official-client-g0`, `tests/browser/old-pop-up.test.ts`, and "the starter" in `tests/edge/chats.test.ts`.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page, Route } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";

const build = process.env.STARTER_FRONT_END;
const skip = build === undefined ? "STARTER_FRONT_END names no build of the starter's front end" : false;
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".ico": "image/x-icon",
  ".png": "image/png",
};

let deputy: Deputy;
let browser: Browser;
before(async () => {
  if (build !== undefined) [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

/** The file of the build that answers this path: its page for every page of it, as its own server does it. */
function fileOf(pathname: string): string | undefined {
  if (pathname === "/" || pathname.startsWith("/c/")) return join(build ?? "", "index.html");
  const file = join(build ?? "", normalize(pathname));
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

async function answer(route: Route): Promise<void> {
  const { pathname, origin, hostname } = new URL(route.request().url());
  // Fonts and the like: nothing but the offline world is asked.
  if (!["localhost", "127.0.0.1"].includes(hostname)) return await route.abort();
  if (origin !== deputy.url) return await route.continue();
  const file = route.request().method() === "GET" ? fileOf(pathname) : undefined;
  if (file === undefined) return await route.continue();
  await route.fulfill({ body: readFileSync(file), contentType: types[extname(file)] ?? "application/octet-stream" });
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  const box = page.getByPlaceholder("Send a message...");
  await box.fill(text);
  await box.press("Enter");
}

test("the unchanged starter logs in, chats, consents in its pop-up, confirms, goes on and is the same after a reload", { skip }, async () => {
  const context = await browser.newContext({
    baseURL: deputy.url,
    timezoneId: "Europe/Berlin",
    viewport: { width: 1280, height: 900 },
    // A page that is not answered by a server is of no network, and would not be let into this machine's.
    permissions: ["local-network-access"],
  });
  context.setDefaultTimeout(20_000);
  const failures: string[] = [];
  context.on("weberror", (error) => failures.push(error.error().message));
  context.on("response", (response) => {
    if (response.status() >= 400 && new URL(response.url()).origin === deputy.url) failures.push(`${response.status()} ${response.url()}`);
  });
  await context.route(/.*/, answer);
  const ana = await deputy.offline.user("ana");

  const page = await open(context, "/");
  await page.getByRole("link", { name: "Log in" }).first().click();
  await page.getByLabel("Email address").fill(ana.email);
  await page.getByLabel("Password").fill(ana.password);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  // What a redirect leads to is not routed: the Worker's own page comes first.
  await page.waitForURL(`${deputy.url}/`);
  await page.goto("/");
  await page.getByRole("button", { name: "New Chat" }).first().click();
  await page.waitForURL(/\/c\/[^/]+$/);
  await page.getByText("Welcome to AI Chat").waitFor();
  failures.splice(0, failures.length, ...failures.filter((failure) => !failure.endsWith("/user")));

  await say(page, "Hello");
  await page.getByText(/scripted model/).waitFor();

  await say(page, "Am I free tomorrow at 9?");
  await page.getByText("Google Calendar Access").waitFor();
  const [popup] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button", { name: "Grant" }).click()]);
  await popup.waitForURL(/\/consent\?/);
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Allow" }).click();
  await closed;
  // It does not say its zone: nine o'clock is that of UTC, which is in the meeting or after it with the season.
  const answered = /You are (busy|free) tomorrow/;
  await page.getByText(answered).waitFor();

  await say(page, "Weather in Oslo");
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText(/sunny/).first().waitFor();
  await page.getByPlaceholder("Send a message...").waitFor();

  await page.reload();
  for (const shown of [/scripted model/, answered, /sunny/]) await page.getByText(shown).first().waitFor();
  await say(page, "Thanks");
  await page.getByText("You are welcome.").waitFor();
  assert.notEqual(await page.title(), "AI Chat - New Chat", "the chat has its title");
  assert.deepEqual(failures, []);
  await context.close();
});
