// Questions to the user wherever they stand in a conversation: shown from the message's own part, listed above the composer when they
// cannot be seen, answered by the id of their call. The Worker is canned: what counts here is what the browser does.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, Locator } from "playwright-core";
import { launchBrowser } from "../harness/index.ts";
import { CannedWorker } from "./support/canned-worker.ts";
import { expectThat } from "./support/expect.ts";
import { look } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";
import type { ChatTab } from "./support/chat-tab.ts";

const user = { sub: "auth0|ana", name: "Ana" };
const text = (id: string, role: "user" | "assistant", words: string) => ({ id, role, parts: [{ type: "text", text: words }] });
const part = (toolCallId: string, tool: string, input: object, rest: object) => ({ type: `tool-${tool}`, toolCallId, input, ...rest });
const note = (deputy: object) => ({ callProviderMetadata: { deputy } });
const waiting = (code: string, message: string, interrupt?: object) =>
  note({
    outcome: "waiting",
    code,
    message,
    interruptId: `i-${code}`,
    since: 1,
    expiresAt: Date.now() + 200_000,
    parked: true,
    ...(interrupt && { interrupt }),
  });

const connect = part(
  "call-connect",
  "checkUsersCalendar",
  { date: "2026-12-01" },
  {
    state: "input-available",
    ...waiting("TOKEN_VAULT_ERROR", "Connect your Google account.", {
      connection: "google-oauth2",
      scopes: ["https://www.googleapis.com/auth/calendar.freebusy"],
      requiredScopes: ["openid", "https://www.googleapis.com/auth/calendar.freebusy"],
      behavior: "resume",
    }),
  },
);
const phone = part(
  "call-phone",
  "buyStock",
  { ticker: "GOOGL", qty: 3 },
  {
    state: "input-available",
    ...waiting("ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING", "An authorization request was sent to your mobile device.", {
      request: { id: "r", requestedAt: Math.floor(Date.now() / 1000), expiresIn: 200, interval: 5 },
      approvalCode: "WDJB-MJHT",
      bindingMessage: "Do you want to buy 3 shares of GOOGL",
    }),
  },
);
const confirm = part(
  "call-confirm",
  "getWeatherInformation",
  { city: "Paris" },
  {
    state: "approval-requested",
    approval: { id: "p1" },
    ...waiting("DEPUTY_CONFIRMATION", "Approve this."),
  },
);
const unknown = part(
  "call-unknown",
  "createTasksTool",
  { title: "Milk" },
  {
    state: "input-available",
    ...waiting("DEPUTY_OUTCOME_UNKNOWN", "It may have happened.", { canCheck: true }),
  },
);

const story = "Once there was a deputy who waited for an answer. ".repeat(60);
const ended = (id: string, state: string, deputy: object, rest: object = {}) =>
  part(id, "buyStock", { ticker: id }, { state, ...note(deputy), ...rest });

let worker: CannedWorker;
let browser: Browser;
let visitor: Visitor;
let tab: ChatTab;
before(async () => {
  worker = await CannedWorker.start({ user, chats: [{ id: "one", title: "A long conversation", createdAt: 1 }] });
  browser = await launchBrowser();
});
beforeEach(() => worker.received.splice(0));
afterEach(async () => {
  visitor.assertNoProblems();
  await visitor.close();
});
after(async () => {
  await browser?.close();
  await worker?.stop();
});

async function open(messages: object[]): Promise<void> {
  worker.canned = { ...worker.canned, messages };
  visitor = await Visitor.open(browser, worker.url);
  tab = await visitor.tab("/c/one");
  await tab.online();
}

const listed = (): Locator => tab.page.getByRole("list", { name: "Also waiting for you" }).getByRole("listitem");
const sent = (type: string) => worker.received.find((frame) => frame.type === type);
const inView = (card: Locator) =>
  card.evaluate((element) => element.getBoundingClientRect().top >= 0 && element.getBoundingClientRect().top < innerHeight);

test("several calls of old messages ask at once, are listed while they cannot be seen, and the list leads to each", async () => {
  await open([
    text("1", "user", "Am I free, and buy three GOOGL"),
    { id: "2", role: "assistant", parts: [connect, phone, confirm, unknown] },
    text("3", "user", "Tell me a story"),
    text("4", "assistant", story),
  ]);
  for (const card of [tab.connectCard, tab.phoneCard, tab.confirmCard, tab.outcomeCard]) assert.equal(await card.count(), 1);
  await tab.phoneCard.getByText("WDJB-MJHT").waitFor({ state: "attached" });
  await expectThat(
    async () => (await listed().count()) === 4,
    async () => `listed: ${(await listed().allInnerTexts()).join("; ")}`,
  );
  const [first] = await listed().allInnerTexts();
  assert.match(first ?? "", /Check your calendar needs your Google account/);
  await look(tab.page, "waits-listed");
  await tab.page.getByRole("button", { name: "Show Buy stock" }).click();
  assert.ok(await inView(tab.phoneCard), "the card is on screen");
  assert.ok(await tab.phoneCard.evaluate((card) => card === document.activeElement), "and has the focus");
  await expectThat(
    async () => !(await listed().allInnerTexts()).some((one) => one.includes("Buy stock")),
    async () => "a card that can be seen is still listed",
  );
  await look(tab.page, "waits-shown");
  assert.equal(await tab.page.getByText("ends what waits").count(), 0, "the field does not say that a message ends what waits");
});

test("an answer to a parked card names its call; others stay", async () => {
  await open([text("1", "user", "Both"), { id: "2", role: "assistant", parts: [phone, confirm, unknown] }]);
  await tab.confirmCard.getByRole("button", { name: "Approve" }).click();
  await tab.phoneCard.getByRole("button", { name: "Not now" }).click();
  await tab.outcomeCard.getByRole("button", { name: "Check" }).click();
  await expectThat(
    async () => worker.received.filter(({ type }) => type === "cf_agent_tool_result").length === 2,
    async () => JSON.stringify(worker.received),
  );
  assert.deepEqual(sent("cf_agent_tool_approval"), {
    type: "cf_agent_tool_approval",
    toolCallId: "call-confirm",
    approved: true,
    autoContinue: true,
  });
  assert.deepEqual(
    worker.received.filter(({ type }) => type === "cf_agent_tool_result").map(({ toolCallId, output }) => [toolCallId, output]),
    [
      ["call-phone", { notNow: true }],
      ["call-unknown", { continueInterruption: true }],
    ],
  );
  for (const card of [tab.connectCard, tab.phoneCard]) assert.ok((await card.count()) <= 1);

  worker.push({
    type: "cf_agent_message_updated",
    message: {
      id: "2",
      role: "assistant",
      parts: [
        ended("call-phone", "output-error", { outcome: "not_run", code: "not_now", message: "Not now." }, { errorText: "Not now." }),
        confirm,
        unknown,
      ],
    },
  });
  await tab.tool("buyStock").getByText("Not now", { exact: true }).waitFor();
  assert.equal(await tab.phoneCard.count(), 0);
  assert.equal(await tab.confirmCard.count(), 1, "the other questions stay");
});

test("what became of a call is said by its code, whatever the sentence", async () => {
  const error = { errorText: "Ein Satz des Servers." };
  const rows: [string, object, string, string][] = [
    ["output-error", { outcome: "not_run", code: "approval_expired" }, "Expired", "Nobody approved it in time. It was not run."],
    ["output-error", { outcome: "denied", code: "approval_denied" }, "Denied", "The user has denied the request"],
    ["output-error", { outcome: "not_run", code: "too_many_waits" }, "Not run", "Too much waits for you in this chat already."],
    ["output-error", { outcome: "unknown", code: "outcome_unknown" }, "Unknown", "It is not known whether this happened."],
    ["output-error", { outcome: "failed", code: "provider_down", message: "Try later." }, "Error", "Try later."],
    ["output-error", { outcome: "not_run", code: "of_tomorrow", message: "A new reason." }, "Not run", "A new reason."],
  ];
  await open([
    text("1", "user", "All of it"),
    { id: "2", role: "assistant", parts: rows.map(([state, deputy], index) => ended(`call-${index}`, state, deputy, error)) },
  ]);
  for (const [index, [, , word, sentence]] of rows.entries()) {
    const card = tab.log.locator(`[data-call="call-${index}"]`);
    await card.getByText(word, { exact: true }).waitFor({ state: "attached" });
    await card.getByText(sentence).first().waitFor({ state: "attached" });
    assert.equal(await card.getByText("Ein Satz des Servers.").count(), 0);
  }
  await look(tab.page, "outcomes");
});
