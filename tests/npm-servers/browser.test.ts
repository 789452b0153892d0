// Published MCP servers, unmodified, in the browser: added on the page, asked for in the chat, confirmed, answered.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type { ChatTab } from "../browser/support/chat-tab.ts";
import { Visitor } from "../browser/support/visitor.ts";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";
import { eventually } from "../socket/support/chat.ts";
import { everything, filesystem, type PublishedServer } from "./programs.ts";

const directory = realpathSync(mkdtempSync(join(tmpdir(), "deputy-files-")));
const list = join(directory, "shopping.txt");

let deputy: Deputy;
let browser: Browser;
let files: PublishedServer;
let every: PublishedServer;
let tab: ChatTab;
before(async () => {
  [deputy, browser, files, every] = await Promise.all([startDeputy(), launchBrowser(), filesystem(directory), everything()]);
  writeFileSync(list, "milk\n");
  await deputy.offline.rules([
    { name: "read", when: "^what is on my list", call: [{ tool: "tool_files_read_text_file", arguments: { path: list } }] },
    {
      name: "outside",
      when: "^read elsewhere",
      call: [{ tool: "tool_files_read_text_file", arguments: { path: join(directory, "..", "other.txt") } }],
    },
    {
      name: "write",
      when: "^put (?<what>\\w+) on it",
      call: [{ tool: "tool_files_write_file", arguments: { path: list, content: "milk\n{{what}}\n" } }],
    },
    { name: "echo", when: "^say (?<what>.+)$", call: [{ tool: "tool_everything_echo", arguments: { message: "{{what}}" } }] },
  ]);
  const visitor = await Visitor.open(browser, deputy.url);
  tab = await visitor.tab("/");
  await visitor.logIn(tab, await deputy.offline.user("ana"));
});
after(async () => {
  await browser?.close();
  await files?.stop();
  await every?.stop();
  await deputy?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test("CF-29: both servers are added on the page", async () => {
  await tab.page.getByRole("link", { name: "Tools & servers" }).click();
  for (const [name, { url }] of [
    ["files", files],
    ["everything", every],
  ] as const) {
    const form = tab.page.getByRole("form", { name: "Add a server" });
    await form.getByLabel("Address").fill(url);
    await form.getByLabel("Name (optional)").fill(name);
    await form.getByRole("button", { name: "Add" }).click();
    const card = tab.page
      .getByRole("list", { name: "Your servers" })
      .locator(":scope > li")
      .filter({ has: tab.page.getByRole("heading", { name }) });
    await card.getByText("Works", { exact: true }).waitFor();
  }
});

test("what only reads is answered, and so is a refusal of the server's own", async () => {
  await tab.newChat();
  await tab.ask("what is on my list", /milk/);
  await tab.ask("read elsewhere", /Access denied/);
  await tab.ask("say good morning", /Echo: good morning/);
});

test("a file is written after the yes, and not before", async () => {
  await tab.newChat();
  await tab.send("put bread on it");
  await tab.confirmCard.waitFor();
  await tab.confirmCard.getByText("bread").first().waitFor();
  assert.equal(readFileSync(list, "utf8"), "milk\n");
  await tab.confirmCard.getByRole("button", { name: "Approve" }).click();
  // Right after the click the page is as idle as before it.
  await eventually("the file is written", () => readFileSync(list, "utf8") === "milk\nbread\n");
  await tab.idle();
  await tab.ask("what is on my list", /bread/);
});
