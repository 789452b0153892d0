// Lending accounts in a real browser: connect, cancel, step-up, another account, a blocked pop-up, less, disconnect.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { look, pictureOfFailure } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

interface Connection {
  id: string;
  connection: string;
  scopes: string[];
  inUse: boolean;
}

const google = "https://www.googleapis.com/auth/";
let deputy: Deputy;
let browser: Browser;
let visitor: Visitor;
let tab: ChatTab;
let page: Page;

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  visitor = await Visitor.open(browser, deputy.url);
  tab = await visitor.tab("/");
  page = tab.page;
  await visitor.logIn(tab, await deputy.offline.user("ana"));
  await tab.newChat();
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

/** A test with a picture of the page when it fails. */
function scene(name: string, run: () => Promise<void>): void {
  test(name, async () => {
    try {
      await run();
    } catch (error) {
      await pictureOfFailure(page, `token-vault-${name.replace(/\W+/g, "-").slice(0, 60)}`);
      throw error;
    }
  });
}

const connections = async () => JSON.parse((await tab.fetch("/api/connections")).text) as Connection[];
const authorize = () => tab.connectCard.getByRole("button", { name: "Authorize" });
/** The scopes a provider's page asks for; what is folded away is not asked. */
const asked = async (popup: Page) => (await popup.locator("fieldset li:visible code").allInnerTexts()).map((scope) => scope.replace(google, ""));

scene("HT-03 HT-04 TV-13: the widget stands in the tool's own message, with Auth0's words", async () => {
  await tab.send("Am I free tomorrow at 9?");
  const widget = tab.tool("checkUsersCalendar").getByRole("region", { name: "Authorization Required." });
  await widget.waitFor();
  assert.equal(await tab.connectCard.count(), 1, "and nowhere else");
  const words = (await widget.innerText()).replace(/\s+/g, " ");
  for (const text of [
    "Authorization Required.",
    "Google Calendar Access",
    "We need access to your google Calendar in order to call this tool...",
    "See when you are free or busy",
  ])
    assert.ok(words.includes(text), `${text} in ${words}`);
  assert.ok((await widget.locator("svg").count()) > 0, "with an icon");
});

scene("S-20: a consent that is cancelled is said on the card, and connects nothing", async () => {
  await visitor.consent(tab, authorize(), async () => undefined, "Cancel");
  await tab.connectCard.getByText("The account was not connected. You can try again.").waitFor();
  assert.deepEqual(await connections(), []);
  await tab.tool("checkUsersCalendar").getByText("Waiting for you").waitFor();
});

scene("TV-01 TV-14 TV-16 TV-17: consent in the pop-up, which closes itself, and the answer arrives", async () => {
  await visitor.consent(tab, authorize(), async (popup) => assert.deepEqual(await asked(popup), ["calendar.freebusy"]));
  await tab.log.getByText("You are busy tomorrow at 09:00.").waitFor();
  await tab.connectCard.waitFor({ state: "detached" });
  await tab.idle();
});

scene("TV-09: a tool that needs more asks only for what is missing, on the card and at the provider", async () => {
  await tab.send("What is on my calendar tomorrow?");
  await tab.connectCard.waitFor();
  const card = await tab.connectCard.innerText();
  assert.ok(card.includes("See and change the events in your calendars") && !card.includes("See when you are free or busy"), card);
  await visitor.consent(tab, authorize(), async (popup) => assert.deepEqual(await asked(popup), ["calendar.events"]));
  await tab.messages("Assistant").getByRole("listitem").getByText("Planning with the design team").waitFor();
  await tab.idle();
  const [account, ...more] = await connections();
  assert.deepEqual([account?.scopes.map((scope) => scope.replace(google, "")).sort(), more], [["calendar.events", "calendar.freebusy"], []]);
});

scene("another account than before: the pop-up asks which, the card says so, and the call goes on with the one chosen", async () => {
  const [before] = await connections();
  await tab.send("List my tasks");
  await tab.connectCard.waitFor();
  const popup = await otherAccount(async () => await authorize().click());
  await popup.getByRole("heading", { name: "Which Google account?" }).waitFor();
  await look(popup, "which-account");
  await tab.connectCard.getByText("Another account than before was connected. Nothing is replaced until you have chosen.").waitFor();
  await tab.connectCard.getByRole("link", { name: "Choose the account" }).waitFor();
  assert.deepEqual(
    (await connections()).map(({ id, inUse }) => [id === before?.id, inUse]),
    [
      [true, true],
      [false, false],
    ],
  );
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Use the new account" }).click();
  await closed;
  await tab.connectCard.waitFor({ state: "detached" });
  await tab.tool("getTasksTool").getByText("Completed").waitFor();
  await tab.idle();
  const [now, ...more] = await connections();
  assert.deepEqual([now?.inUse, now?.id === before?.id, more.length], [true, false, 0]);
});

scene("the account from before can be kept", async () => {
  const [before] = await connections();
  await page.getByRole("link", { name: "Connections" }).click();
  await page.getByRole("link", { name: "Reconnect Google" }).click();
  await page.getByRole("radio", { name: "ana.ferreira@gmail.example" }).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByText("See when you are busy in your calendars").waitFor();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Which Google account?" }).waitFor();
  await page.getByRole("button", { name: "Keep the account from before" }).click();
  await page.getByRole("heading", { name: "Which Google account?" }).waitFor({ state: "detached" });
  assert.deepEqual(
    (await connections()).map(({ id }) => id),
    [before?.id],
  );
});

scene("the connections page says who used it, since when and how it fares; permissions can be given up", async () => {
  await page.goto("/connections");
  const card = page
    .getByRole("list", { name: "Connected accounts" })
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: "Google" }) });
  const words = (await card.innerText()).replace(/\s+/g, " ");
  for (const text of ["State Works", "Since ", "Last used ", "Used by Am I free tomorrow at 9?"])
    assert.ok(words.includes(text), `${text} in ${words}`);
  await look(page, "connections-used");
  await card.getByText("Fewer permissions").click();
  const button = card.getByRole("button", { name: "Ask Google again for only these" });
  assert.ok(await button.isDisabled(), "nothing is given up yet");
  await card.getByRole("checkbox", { name: "See and change your tasks" }).uncheck();
  await look(page, "fewer-permissions");
  const before = (await connections())[0]?.scopes ?? [];
  await button.click();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Connections" }).waitFor();
  const [account, ...more] = await connections();
  assert.deepEqual([account?.scopes.sort(), more], [before.filter((scope) => !scope.endsWith("tasks")).sort(), []]);
});

scene("a disconnect shows its steps, and the list is empty", async () => {
  await page.getByRole("button", { name: "Disconnect Google" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
  const done = page.getByRole("status", { name: "What was done" });
  await done.getByText("Google is disconnected.").waitFor();
  const steps = await done
    .locator("[data-step]")
    .evaluateAll((items) =>
      items.map((item) => [item.getAttribute("data-step"), item.getAttribute("data-outcome"), (item as HTMLElement).innerText]),
    );
  assert.deepEqual(steps, [
    ["provider_revoked", "done", "Google was told to forget the consent"],
    ["vault_entry_deleted", "done", "The login service has deleted its tokens"],
    ["tokens_dropped", "done", "Deputy has dropped every token it had"],
  ]);
  await page.getByText("No account is connected.").waitFor();
  assert.deepEqual(await connections(), []);
  await look(page, "disconnected");
});

scene("TV-14: a blocked pop-up becomes a visit in this tab, which comes back to the chat and its answer", async () => {
  await page.goto("/");
  const chat = await tab.newChat();
  await tab.send("Am I free tomorrow at 14?");
  await tab.connectCard.waitFor();
  await page.evaluate(() => {
    window.open = () => null;
  });
  await authorize().click();
  await page.waitForURL(/\/consent\?/);
  await page.getByRole("button", { name: "Allow" }).click();
  await tab.online();
  assert.equal(tab.chatId, chat);
  await tab.messages("Assistant").getByText("You are free tomorrow at 14:00.").waitFor();
  await tab.connectCard.waitFor({ state: "detached" });
  visitor.assertNoProblems();
});

scene("TV-15: an error that is no question is shown with its sentence", async () => {
  await tab.newChat();
  await tab.send("Be down");
  const alert = tab.log.getByRole("alert");
  await alert.getByText("Error while processing your request").waitFor();
  await alert.getByText("The language model is not available now.").waitFor();
});

/** Consents in a pop-up with the user's other account; the pop-up, still open. */
async function otherAccount(click: () => Promise<void>): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent("popup"), click()]);
  await popup.waitForURL(/\/consent\?/);
  await popup.getByRole("radio", { name: "ana@studio.example" }).check();
  await popup.getByRole("button", { name: "Allow" }).click();
  // The page asks again, because that account has granted nothing yet.
  await popup.getByText("See when you are busy in your calendars").waitFor();
  await popup.getByRole("button", { name: "Allow" }).click();
  return popup;
}
