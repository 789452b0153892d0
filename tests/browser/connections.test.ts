// Connections the client knows from the registry, and one that nobody knows: names, marks and permissions in words.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Locator } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";
import { readingRule, readingTool } from "../socket/support/integrations.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { look } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

const madeUp = "crm-of-a-customer";
let deputy: Deputy;
let browser: Browser;
let tab: ChatTab;

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  const { providers } = deputy.offline.ports;
  const tools = [
    readingTool("myServers", "digitalocean", ["account:read", "droplet:create"], providers),
    readingTool("myDeals", madeUp, ["deals.read"], providers),
  ];
  await deputy.worker.restart({ CONNECTION_TOOLS: JSON.stringify(tools) });
  await deputy.offline.control("POST", "/seed", {
    connections: [{ name: madeUp, strategy: "oauth2", display_name: "CRM", connected_accounts: true }],
  });
  await deputy.offline.rules({ rules: [readingRule("myServers", "who am i at digitalocean"), readingRule("myDeals", "who am i at the crm")] });
  const visitor = await Visitor.open(browser, deputy.url);
  tab = await visitor.tab("/");
  await visitor.logIn(tab, await deputy.offline.user("ana"));
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

const mark = async (place: Locator) => (await place.locator(".connection-icon").textContent())?.trim();

/** Asks, reads the card, consents in the pop-up, waits for the answer. */
async function connect(sentence: string, expected: { tool: string; name: string; mark: string; permissions: string[] }): Promise<void> {
  await tab.newChat();
  await tab.send(sentence);
  await tab.connectCard.waitFor();
  assert.equal(await mark(tab.connectCard), expected.mark);
  assert.deepEqual(await tab.connectCard.getByRole("listitem").allInnerTexts(), expected.permissions);
  assert.ok((await tab.connectCard.innerText()).includes(`To use “${expected.tool}”, Deputy needs your ${expected.name} account.`));
  await look(tab.page, `connect-card-${expected.mark}`);
  const opened = tab.page.waitForEvent("popup");
  await tab.button("Authorize").click();
  const popup = await opened;
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Allow" }).click();
  await closed;
  await tab.log.getByText("knows you as ana@example.com").first().waitFor();
}

test("IN-14: a connection of the registry is asked for by its name, with its mark and what it allows in words", async () => {
  await connect("who am i at digitalocean", {
    tool: "My servers",
    name: "DigitalOcean",
    mark: "DO",
    permissions: ["See your account", "Create servers (Droplets), which costs money"],
  });
});

test("IN-04: one that no file of ours knows is asked for by its own name, and its permission is shown as it is", async () => {
  await connect("who am i at the crm", { tool: "My deals", name: "Crm of a customer", mark: "C", permissions: ["Use the permission “deals.read”"] });
});

test("both are on the page of connections, with the same names and words", async () => {
  await tab.page.getByRole("link", { name: "Connections" }).click();
  const accounts = tab.page.getByRole("list", { name: "Connected accounts" });
  for (const [name, letters, words] of [
    ["DigitalOcean", "DO", "See your account"],
    ["Crm of a customer", "C", "Use the permission “deals.read”"],
  ] as const) {
    const card = accounts.locator(":scope > li").filter({ has: tab.page.getByRole("heading", { name, exact: true }) });
    await card.getByText(words).waitFor();
    assert.equal(await mark(card), letters);
  }
  await look(tab.page, "connections-of-the-registry");
});
