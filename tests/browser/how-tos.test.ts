import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy, type OfflineUser } from "../harness/index.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { look, pictureOfFailure } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

/** What a how-to's sentence does: which tool, whose account, on which grounds, and what the offline data answers. */
interface HowTo {
  id: string;
  sentence: string;
  tool: string;
  /** As the card and the consent page call it. */
  provider: string;
  /** Permissions in words on the card, and scopes on the provider's page. */
  words: string[];
  scopes: string[];
  /** Requests that lead to the answer. */
  path: string;
  intro: string;
  items: RegExp[];
}

const HOW_TOS: HowTo[] = [
  {
    id: "GC-01 GC-04",
    sentence: "Am I free tomorrow at 9?",
    tool: "checkUsersCalendar",
    provider: "Google",
    words: ["See when you are free or busy"],
    scopes: ["https://www.googleapis.com/auth/calendar.freebusy"],
    path: "/google/calendar/v3/freeBusy",
    intro: "You are busy tomorrow at 09:00.",
    items: [],
  },
  {
    id: "GH-01 GH-02 GH-03",
    sentence: "list my repositories",
    tool: "listRepositories",
    provider: "GitHub",
    words: [],
    scopes: [],
    path: "/github/user/repos",
    intro: "Your repositories:",
    items: [/^tile-server$/, /^city-walks$/, /^dotfiles$/, /^invoices$/],
  },
  {
    id: "SL-01 SL-02 SL-03",
    sentence: "list my Slack channels",
    tool: "listChannels",
    provider: "Slack",
    words: ["See the public channels of your workspace", "See the private channels you are in"],
    scopes: ["channels:read", "groups:read"],
    path: "/slack/api/conversations.list",
    intro: "Your Slack channels:",
    items: [/^#general$/, /^#design$/, /^#random$/, /^#founders$/],
  },
  {
    id: "SF-01 SF-03 SF-06",
    sentence: "get me 2 opportunities from Salesforce",
    tool: "listOpportunities",
    provider: "Salesforce",
    words: ["Read and change your Salesforce records"],
    scopes: ["api"],
    path: "/salesforce/services/data/v57.0/query/",
    intro: "2 opportunities:",
    items: [
      /^Harbour Museum wayfinding: Negotiation\/Review, closes 2026-09-30$/,
      /^City Library annual map: Proposal\/Price Quote, closes 2026-10-15$/,
    ],
  },
];

let deputy: Deputy;
let browser: Browser;
let visitor: Visitor;
let tab: ChatTab;

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  const ana = (await deputy.offline.user("ana")) as OfflineUser & { password: string };
  visitor = await Visitor.open(browser, deputy.url);
  tab = await visitor.tab("/");
  await visitor.logIn(tab, ana);
});
after(async () => {
  await visitor?.close();
  await browser?.close();
  await deputy?.stop();
});

for (const howTo of HOW_TOS) {
  test(`${howTo.id}: “${howTo.sentence}” asks for the ${howTo.provider} account, and consent brings the answer`, async () => {
    try {
      await follow(howTo);
    } catch (error) {
      await pictureOfFailure(tab.page, `how-to-${howTo.provider}`);
      throw error;
    }
  });
}

async function follow({ sentence, tool, provider, words, scopes, path, intro, items }: HowTo): Promise<void> {
  await tab.newChat();
  await tab.send(sentence);
  await tab.connectCard.waitFor();
  const card = (await tab.connectCard.innerText()).replace(/\s+/g, " ");
  for (const text of ["Authorization Required.", provider, ...words]) assert.ok(card.includes(text), `${text} in ${card}`);
  assert.equal((await requests(path)).length, 0, `nobody has asked ${provider} yet`);
  await look(tab.page, `how-to-${provider.toLowerCase()}-card`);
  await visitor.consent(tab, tab.connectCard.getByRole("button", { name: "Authorize" }), async (popup) => {
    const question = await popup.locator("body").innerText();
    assert.ok(question.includes(`Deputy wants to use your ${provider} account`), question);
    for (const scope of scopes) assert.ok(question.includes(scope), `${scope} in ${question}`);
  });
  const answer = tab.messages("Assistant").last();
  await answer.getByText(intro).filter({ visible: true }).first().waitFor();
  await tab.connectCard.waitFor({ state: "detached" });
  await tab.tool(tool).getByText("Completed").waitFor();
  await tab.idle();
  const shown = await answer.getByRole("listitem").allInnerTexts();
  assert.equal(shown.length, items.length, shown.join("; "));
  items.forEach((item, at) => assert.match(shown[at]?.trim() ?? "", item));
  assert.equal((await requests(path)).length, 1, "one call");
  assert.equal(await tab.messages("You").count(), 1, "nothing had to be typed again");
  await look(tab.page, `how-to-${provider.toLowerCase()}`);
  // The second time nobody is asked.
  await tab.newChat();
  const again = await tab.ask(sentence, intro);
  assert.equal(await again.getByRole("region", { name: "Authorization Required." }).count(), 0);
  assert.equal((await requests(path)).length, 2);
  visitor.assertNoProblems();
}

async function requests(path: string): Promise<unknown[]> {
  return (await deputy.offline.requests<{ path: string }>()).filter((one) => one.path === path);
}
