// The page Tools & servers: add a server, log in to it, use it in a chat, see what it changed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Locator } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { look } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

let deputy: Deputy;
let browser: Browser;
let tab: ChatTab;

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  await deputy.offline.rules([
    { name: "remember", when: "^remember (?<what>.+)$", call: [{ tool: "tool_notes_add_note", arguments: { text: "{{what}}" } }], otherwise: "No." },
    { name: "secret", when: "^what is the word", call: [{ tool: "tool_vault_read_secret", arguments: {} }] },
  ]);
  // The authorization server of `vault`: anybody may register, and `resource` names the API.
  await deputy.offline.control("PATCH", "/policies", { dynamic_client_registration: true, resource_parameter_compatibility: true });
  const visitor = await Visitor.open(browser, deputy.url);
  tab = await visitor.tab("/");
  await visitor.logIn(tab, await deputy.offline.user("ana"));
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

const card = (name: string): Locator =>
  tab.page
    .getByRole("list", { name: "Your servers" })
    .locator(":scope > li")
    .filter({ has: tab.page.getByRole("heading", { name }) });

async function add(name: string): Promise<void> {
  const form = tab.page.getByRole("form", { name: "Add a server" });
  await form.getByLabel("Address").fill(`http://localhost:${deputy.offline.ports.providers}/mcp/${name}`);
  await form.getByLabel("Name (optional)").fill(name);
  await form.getByRole("button", { name: "Add" }).click();
  await card(name).waitFor();
}

test("CF-29: a server is added, and what its tools change is asked for in the chat", async () => {
  await tab.page.getByRole("link", { name: "Tools & servers" }).click();
  await tab.page.getByRole("heading", { name: "Tools & servers", exact: true }).waitFor();
  await add("notes");
  await card("notes").getByText("Works", { exact: true }).waitFor();
  await look(tab.page, "servers");
  await tab.newChat();
  await tab.send("remember milk");
  await tab.confirmCard.waitFor();
  assert.deepEqual(await notes(), [], "nothing happens before the yes");
  await tab.confirmCard.getByRole("button", { name: "Approve" }).click();
  await tab.idle();
  assert.deepEqual(await notes(), ["milk"]);
});

test("a protected server is logged in to, and then answers", async () => {
  await tab.page.getByRole("link", { name: "Tools & servers" }).click();
  await add("vault");
  await card("vault").getByText("Wants you to log in").waitFor();
  await card("vault").getByRole("link", { name: "Log in to vault" }).click();
  await tab.page.getByRole("button", { name: "Accept" }).click();
  await card("vault").getByText("Works", { exact: true }).waitFor();
  await tab.newChat();
  await tab.ask("what is the word", /rosebud/);
});

test("what a server changed is shown beside what it was, and used only after a yes", async () => {
  await tab.page.getByRole("link", { name: "Tools & servers" }).click();
  await add("changing");
  await deputy.offline.control("POST", "/mcp/changing", { revision: 2 });
  await card("changing").getByRole("button", { name: "Look again at changing" }).click();
  await card("changing").getByText("3 tools have changed.").waitFor();
  const weather = card("changing").locator('[data-tool="weather"]');
  await weather.getByLabel("Before").getByText("The weather").waitFor();
  await weather.getByLabel("Now").getByText("get_user_info").waitFor();
  await look(tab.page, "server-changed");
  await weather.getByRole("button", { name: "Accept as it is now: weather" }).click();
  await card("changing").getByText("2 tools have changed.").waitFor();
});

test("a server is paused, renamed and removed", async () => {
  await card("notes").getByRole("button", { name: "Pause notes" }).click();
  await card("notes").getByText("Paused: nothing of it is used").waitFor();
  await card("notes").getByRole("button", { name: "Remove notes" }).click();
  await tab.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await card("notes").waitFor({ state: "detached" });
});

async function notes(): Promise<string[]> {
  return ((await deputy.offline.control("GET", "/mcp")) as { notes: string[] }).notes;
}
