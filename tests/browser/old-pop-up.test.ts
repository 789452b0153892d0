// The pop-up of the Cloudflare starter in a real browser: what its card opens, how it knows that it is over, what follows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy, type OfflineUser } from "../harness/index.ts";
import { oldPopUpPath } from "../old-clients/pop-up.ts";
import { CONNECTION, FREE_BUSY } from "../socket/support/connect.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { expectThat } from "./support/expect.ts";
import { Visitor } from "./support/visitor.ts";

let deputy: Deputy;
let browser: Browser;
let ana: OfflineUser & { password: string };
before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  ana = await deputy.offline.user("ana");
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

/** Opens the pop-up as the starter's card does and watches it the way the card does: it asks again and again whether it is closed. */
async function openLikeTheCard({ page }: ChatTab): Promise<Page> {
  const url = oldPopUpPath({ connection: CONNECTION, requiredScopes: [FREE_BUSY] });
  const popup = page.waitForEvent("popup");
  await page.evaluate((address) => {
    const opened = window.open(new URL(address, window.location.origin).toString(), "_blank", "width=800,height=650,status=no,toolbar=no,menubar=no");
    const timer = setInterval(() => {
      if (!opened?.closed) return;
      clearInterval(timer);
      document.documentElement.dataset.popup = "closed";
    }, 100);
  }, url);
  return await popup;
}

const noticed = async ({ page }: ChatTab) => (await page.evaluate(() => document.documentElement.dataset.popup)) === "closed";

test("TV-16 TV-17 HT-03: the starter's pop-up asks for consent, closes itself, its opener notices, and the turn goes on", async () => {
  const visitor = await Visitor.open(browser, deputy.url);
  const tab = await visitor.tab("/");
  await visitor.logIn(tab, ana);
  await tab.newChat();
  await tab.composer.fill("Am I free tomorrow at 9?");
  await tab.composer.press("Enter");
  await tab.connectCard.waitFor();

  const cancelled = await openLikeTheCard(tab);
  await cancelled.waitForURL(/\/consent\?/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(await noticed(tab), false, "the opener must not lose sight of the window while the user reads");
  const gone = cancelled.waitForEvent("close");
  await cancelled.getByRole("button", { name: "Cancel" }).click();
  await gone;
  await expectThat(
    async () => await noticed(tab),
    () => Promise.resolve("the opener sees that the window is closed"),
  );
  assert.ok(await tab.connectCard.isVisible(), "nothing was connected");

  await tab.page.evaluate(() => delete document.documentElement.dataset.popup);
  const popup = await openLikeTheCard(tab);
  await popup.waitForURL(/\/consent\?/);
  const asked = await popup.locator("body").innerText();
  assert.match(asked, /calendar/i);
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Allow" }).click();
  await closed;
  await expectThat(
    async () => await noticed(tab),
    () => Promise.resolve("the opener sees that the window is closed"),
  );
  await tab.log.getByText("You are busy tomorrow").waitFor();
  assert.equal(await tab.connectCard.count(), 0);
  visitor.assertNoProblems();
  await visitor.close();
});
