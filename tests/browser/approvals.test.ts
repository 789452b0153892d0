// Confirmations in the chat and approvals on the phone, as a person sees them: cards, reloads, two tabs, the phone's own page.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy, type OfflineUser } from "../harness/index.ts";
import { decide, denyAll, effects, pushes } from "../socket/support/approvals.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { expectThat } from "./support/expect.ts";
import { look, picture, pictureOfFailure } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

type User = OfflineUser & { password: string };

let deputy: Deputy;
let browser: Browser;
let ana: User;
let visitor: Visitor;
let tab: ChatTab;
let since: number;

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy({ vars: { LIMIT_APPROVALS_PER_HOUR: "100" } }), launchBrowser()]);
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1, approvals_per_minute: 1000 });
  ana = await deputy.offline.user("ana");
});
beforeEach(async () => {
  await denyAll(deputy.offline);
  since = Date.now();
  visitor = await Visitor.open(browser, deputy.url);
  tab = await visitor.tab("/");
  await visitor.logIn(tab, ana);
  await tab.newChat();
});
afterEach(async (t) => {
  await pictureOfFailure(tab.page, "name" in t ? t.name.replace(/\W+/g, "-").slice(0, 50) : "approvals");
  visitor.assertNoProblems();
  await visitor.close();
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

/** The code on the card. */
async function code(on = tab): Promise<string> {
  return /[A-Z]{4}-[A-Z]{4}/.exec(await on.phoneCard.innerText())?.[0] ?? assert.fail("no code on the card");
}

/** The phone's page, opened from the card, with what is asked on it. */
async function openPhone(): Promise<Page> {
  const [phone] = await Promise.all([
    tab.page.waitForEvent("popup"),
    tab.phoneCard.getByRole("link", { name: "Open the offline world’s phone" }).click(),
  ]);
  await phone.getByRole("button", { name: "Approve" }).waitFor();
  return phone;
}

/** The same chat in a second tab of the same browser. */
async function secondTab(): Promise<ChatTab> {
  const second = await visitor.tab(`/c/${tab.chatId}`);
  await second.online();
  return second;
}

/** Makes the tenant end the user's sessions: the application is told, the browser is not. */
async function endSession(): Promise<void> {
  const closed = tab.socketClosed();
  await deputy.offline.control("POST", "/sessions/end", { user_id: ana.user_id });
  await closed;
}

const orders = () => effects(deputy.offline, "stock.order", since);
const stock = (on = tab) => on.tool("buyStock").last();

test("CF-27 CF-28 AA-01 AA-10 AA-14 AA-24 S-09: the card shows what is asked and the phone's code, outlives a reload, and after a yes on the phone both tabs go on by themselves", async () => {
  await tab.send("Buy 3 shares of GOOGL");
  await tab.phoneCard.waitFor();
  const card = (await tab.phoneCard.innerText()).replace(/\s+/g, " ");
  for (const words of [
    "An authorization request was sent to your mobile device.",
    "Do you want to buy 3 shares of GOOGL",
    "Ticker GOOGL",
    "Qty 3",
    "The same code stands on your phone:",
    "Expires in ",
  ])
    assert.ok(card.includes(words), `${words} in ${card}`);
  await stock().getByText("Waiting for you").waitFor();
  assert.equal(await tab.page.getByRole("button", { name: "Approve" }).count(), 0, "the chat has no yes");
  assert.deepEqual(await orders(), [], "nothing is bought before the yes");
  const shown = await code();

  const countdown = tab.page.getByTestId("countdown");
  const [text, box] = [await countdown.innerText(), await tab.phoneCard.boundingBox()];
  await expectThat(
    async () => (await countdown.innerText()) !== text,
    async () => "the countdown stands still",
  );
  assert.deepEqual(await tab.phoneCard.boundingBox(), box, "counting moves nothing");
  assert.equal(await countdown.getAttribute("aria-hidden"), "true", "counting is not read out");
  await look(tab.page, "phone-card");

  await tab.page.reload();
  await tab.phoneCard.waitFor();
  assert.equal(await code(), shown, "the same card after a reload");
  const second = await secondTab();
  await second.phoneCard.waitFor();
  assert.equal(await code(second), shown, "and in a second tab");
  await tab.page.bringToFront();

  const phone = await openPhone();
  const question = await phone.locator("body").innerText();
  for (const words of ["Do you want to buy 3 shares of GOOGL", shown, "GOOGL"])
    assert.ok(question.includes(words), `${words} on the phone: ${question}`);
  await phone.screenshot({ path: picture("phone-page") });
  await phone.getByRole("button", { name: "Approve" }).click();
  await phone.getByText("Nothing waits for you.").waitFor();

  for (const one of [tab, second]) {
    await one.messages("Assistant").getByText("The order for 3 GOOGL was answered with: OK.").waitFor();
    await one.phoneCard.waitFor({ state: "detached" });
    await stock(one).getByText("Completed").waitFor();
    await stock(one).getByText("Thanks for approving the order.").waitFor();
    assert.equal(await one.messages("You").count(), 1, "nothing had to be typed again");
  }
  assert.equal((await orders()).length, 1);
  await look(tab.page, "phone-approved");
});

test("AA-05 AA-24: a no on the phone: nothing is bought, and the chat says so", async () => {
  await tab.send("Buy an XYZ phone");
  await tab.phoneCard.waitFor();
  assert.match(await tab.phoneCard.innerText(), /Product\s+XYZ phone/);
  const phone = await openPhone();
  await phone.getByRole("button", { name: "Deny" }).click();
  const shop = tab.tool("shop_online");
  await shop.getByText("The user has denied the request").filter({ visible: true }).first().waitFor();
  await shop.getByText("Denied", { exact: true }).waitFor();
  await tab.phoneCard.waitFor({ state: "detached" });
  await tab.idle();
  assert.deepEqual(await effects(deputy.offline, "shop.order", since), []);
  await look(tab.page, "phone-denied");
});

test("AA-27: nobody answers the phone: the card goes when the time is over, and the chat says so", async () => {
  await tab.send("Buy 4 shares of GOOGL");
  await tab.phoneCard.waitFor();
  await deputy.offline.clock(301_000);
  try {
    await stock().getByText("Expired", { exact: true }).waitFor({ timeout: 20_000 });
    await stock().getByText("Nobody approved it in time. It was not run.").waitFor();
    await tab.phoneCard.waitFor({ state: "detached" });
    assert.deepEqual(await orders(), []);
  } finally {
    await deputy.offline.clock(0);
  }
});

test("AA-01: Not now ends the wait; a yes on the phone afterwards buys nothing", async () => {
  await tab.send("Buy 5 shares of GOOGL");
  await tab.phoneCard.getByRole("button", { name: "Not now" }).press("Enter");
  await stock().getByText("You did not wait for the approval. It was not run.").waitFor();
  await tab.idle();
  await decide(deputy.offline, "approve");
  await tab.ask("Hello", "scripted model");
  assert.deepEqual(await orders(), []);
});

test("a new message ends nothing: the card stays, is listed while it cannot be seen, and after the yes the order is made once and reported", async () => {
  await tab.page.setViewportSize({ width: 1280, height: 600 });
  await tab.send("Buy 9 shares of GOOGL");
  await tab.phoneCard.waitFor();
  const shown = await code();
  await tab.ask("What can you do?", "These sentences work");
  await tab.ask("Hello", "scripted model");
  const listed = () => tab.page.getByRole("list", { name: "Also waiting for you" }).getByText("Buy stock");
  await listed().waitFor();
  await tab.page.reload();
  await tab.online();
  await listed().waitFor();
  await tab.page.getByRole("button", { name: "Show Buy stock" }).click();
  await listed().waitFor({ state: "detached" });
  assert.equal(await code(), shown, "the same card as before");
  assert.deepEqual(await orders(), [], "nothing is bought before the yes");
  const answers = await tab.messages("Assistant").count();
  await decide(deputy.offline, "approve");
  await stock().getByText("Completed").waitFor();
  await tab.messages("Assistant").nth(answers).waitFor();
  await tab.idle();
  assert.equal(await tab.phoneCard.count(), 0);
  assert.equal((await orders()).length, 1);
});

test("CF-18: denied with a reason: nothing runs, both tabs show the reason, and the model reads it", async () => {
  const second = await secondTab();
  await tab.page.bringToFront();
  await tab.send("Weather in Oslo");
  await second.confirmCard.waitFor();
  await tab.confirmCard.getByRole("textbox", { name: "Reason, if you deny (optional)" }).fill("I am in Oslo and look out of the window");
  await tab.page.keyboard.press("Tab");
  await tab.page.keyboard.press("Tab");
  await tab.page.keyboard.press("Enter");
  for (const one of [tab, second]) {
    const weather = one.tool("getWeatherInformation");
    await weather.getByText("Denied", { exact: true }).waitFor();
    await weather.getByText("You did not allow this: I am in Oslo and look out of the window").waitFor();
    assert.equal(await one.log.getByText("is sunny").count(), 0);
  }
  await tab.idle();
  const asked = (await deputy.offline.requests<{ path: string }>()).filter(({ path }) => path.endsWith("/chat/completions"));
  assert.match(JSON.stringify(asked.at(-1)), /look out of the window/);
  await look(second.page, "confirm-denied");
});

test("CF-18: two tabs answer a confirmation at once: one answer counts, and the other tab is told", async () => {
  const second = await secondTab();
  await tab.send("Weather in Rome");
  await Promise.all([tab.confirmCard.waitFor(), second.confirmCard.waitFor()]);
  // Without waiting for each button to stand still: one of the tabs is in the background.
  const answer = (one: ChatTab, name: string) => one.confirmCard.getByRole("button", { name }).dispatchEvent("click");
  await deputy.worker.frozen(() => Promise.all([answer(tab, "Approve"), answer(second, "Deny")]));
  const states = async (one: ChatTab) =>
    await one.tool("getWeatherInformation").evaluateAll((cards) => cards.map((card) => card.getAttribute("data-state") ?? ""));
  const settled = async (one: ChatTab) => ["output-available", "output-denied"].includes((await states(one)).join());
  for (const one of [tab, second]) {
    await one.confirmCard.waitFor({ state: "detached" });
    await expectThat(
      () => settled(one),
      async () => `still ${await states(one)}`,
    );
    await one.idle();
  }
  assert.deepEqual(await states(tab), await states(second), "both show what counts");
  const approved = (await states(tab)).join() === "output-available";
  assert.equal(await tab.log.getByText("The weather in Rome is sunny.", { exact: true }).count(), approved ? 1 : 0);
  const late = approved ? second : tab;
  await late.log.getByText(`It was already ${approved ? "approved" : "denied"} in another window.`).waitFor();
  assert.equal(await (approved ? tab : second).log.getByText("in another window").count(), 0);
});

test("S-09: an order whose answer was lost is unknown; Do it again asks the phone again, and the shop takes it once", async () => {
  await deputy.offline.fault({ service: "providers", path_prefix: "/stock/orders", drop: true, times: 1 });
  await tab.send("Buy 6 shares of TSLA");
  await tab.phoneCard.waitFor();
  await decide(deputy.offline, "approve");
  await tab.outcomeCard.waitFor();
  assert.match(await tab.outcomeCard.innerText(), /It may have happened; please check before trying again[\s\S]*Ticker\s+TSLA/);
  assert.deepEqual(await tab.outcomeCard.getByRole("button").allInnerTexts(), ["Do it again", "Mark as done", "Leave it"]);
  await look(tab.page, "outcome-card");
  await tab.page.reload();
  await tab.outcomeCard.getByRole("button", { name: "Do it again" }).press("Enter");
  await tab.phoneCard.waitFor();
  assert.equal((await pushes(deputy.offline, since)).length, 2, "a new yes is needed");
  await decide(deputy.offline, "approve");
  await stock().getByText("Completed").waitFor();
  await tab.log.getByText("The order for 6 TSLA was answered with: OK.").waitFor();
  assert.equal((await orders()).length, 1);
});

test("S-09: an order whose answer was lost can be marked as done, or left", async () => {
  for (const [choice, state] of [
    ["Mark as done", "Completed"],
    ["Leave it", "Unknown"],
  ] as const) {
    await deputy.offline.fault({ service: "providers", path_prefix: "/stock/orders", drop: true, times: 1 });
    await tab.send(`Buy ${choice.length} shares of AMZN`);
    await tab.phoneCard.waitFor();
    await decide(deputy.offline, "approve");
    const before = (await pushes(deputy.offline, since)).length;
    await tab.outcomeCard.getByRole("button", { name: choice }).click();
    await stock().getByText(state, { exact: true }).waitFor();
    await tab.outcomeCard.waitFor({ state: "detached" });
    await tab.idle();
    assert.equal((await pushes(deputy.offline, since)).length, before, "nobody is asked again");
  }
});

test("S-16: the session ends while a call waits: the chat stays on screen; approved meanwhile and signed in again, nothing is bought, and it says so", async () => {
  await tab.send("Buy 7 shares of NFLX");
  await tab.phoneCard.waitFor();
  const chat = tab.chatId;
  await endSession();
  await tab.ended.waitFor();
  await tab.messages("You").getByText("Buy 7 shares of NFLX").waitFor();
  assert.ok(await tab.phoneCard.getByRole("button", { name: "Not now" }).isDisabled());
  assert.equal(await tab.composer.count(), 0);
  await look(tab.page, "session-ended");
  await decide(deputy.offline, "approve");
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.deepEqual(await orders(), [], "not without a session");
  await tab.ended.getByRole("link", { name: "Sign in again" }).click();
  await visitor.fillTenantForm(tab.page, ana);
  await tab.online();
  assert.equal(tab.chatId, chat, "back in the same chat");
  await stock().getByText("Your session had ended. It was not run.").filter({ visible: true }).first().waitFor();
  await tab.phoneCard.waitFor({ state: "detached" });
  assert.deepEqual(await orders(), []);
});

test("a call's session has ended, another browser of the user has a good one: there a card asks to sign in again, and after the sign-in the turn goes on in both", async () => {
  const kept = await deputy.offline.tokens<{ kind: string; token: string }>();
  const elsewhere = await Visitor.open(browser, deputy.url);
  const other = await elsewhere.tab("/");
  await elsewhere.logIn(other, ana);
  await other.page.goto(`/c/${tab.chatId}`);
  await other.online();
  for (const { token } of kept.filter(({ kind }) => kind.includes("refresh"))) await deputy.offline.control("POST", "/tokens/revoke", { token });
  await tab.send("List my repositories");
  await tab.ended.waitFor();
  await tab.tool("listRepositories").getByText("Waiting", { exact: true }).waitFor();
  await other.signInCard.getByText("Your session has ended. Please sign in again.").waitFor();
  await look(other.page, "sign-in-card");
  assert.equal(
    await other.signInCard.getByRole("link", { name: "Sign in again" }).getAttribute("href"),
    `/auth/login?returnTo=${encodeURIComponent(`/c/${tab.chatId}`)}`,
  );
  await tab.ended.getByRole("link", { name: "Sign in again" }).click();
  for (const one of [tab, other]) await one.connectCard.waitFor();
  await other.signInCard.waitFor({ state: "detached" });
  elsewhere.assertNoProblems();
  await elsewhere.close();
});

test("UA-20: logged out in another tab while a call waits: nothing of the chat is shown; after the log-in the question is over, and a yes on the phone buys nothing", async () => {
  await tab.send("Buy 8 shares of NFLX");
  await tab.phoneCard.waitFor();
  const second = await secondTab();
  // A tab that has just come online reads the transcript once more; the log-out may come first.
  visitor.mayBeRefused(401, `/agents/chat/${tab.chatId}/get-messages`);
  await second.page.getByRole("button", { name: "Log out" }).click();
  await second.page.getByRole("heading", { name: "You are not logged in" }).waitFor();
  await tab.page.getByRole("heading", { name: "You are signed out" }).waitFor();
  assert.equal(await tab.log.count(), 0);
  assert.equal(await tab.page.evaluate(() => sessionStorage.length), 0, "no open question is kept");
  await tab.page.getByRole("link", { name: "Log in" }).click();
  await visitor.fillTenantForm(tab.page, ana);
  await stock().getByText("Your session had ended. It was not run.").filter({ visible: true }).first().waitFor();
  await tab.phoneCard.waitFor({ state: "detached" });
  await decide(deputy.offline, "approve");
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.deepEqual(await orders(), []);
});

test("several calls wait at once: each is asked, each answer counts for its own", async () => {
  const call = (qty: number) => ({ tool: "buyStock", arguments: { ticker: "META", qty } });
  await deputy.offline.rules({
    rules: [{ name: "two orders", when: "^two orders$", call: [call(31), call(32)], then: [{ say: "Both are answered." }] }],
  });
  await tab.send("two orders");
  await tab.phoneCard.nth(1).waitFor();
  const cards = tab.tool("buyStock");
  assert.equal(await cards.count(), 2);
  await look(tab.page, "two-wait");
  await decide(deputy.offline, "approve", /\b31\b/);
  await cards.nth(0).getByText("Completed").waitFor();
  await cards.nth(1).getByText("Check your phone").waitFor();
  await decide(deputy.offline, "approve", /\b32\b/);
  await cards.nth(1).getByText("Completed").waitFor();
  assert.deepEqual((await orders()).length, 2);
});
