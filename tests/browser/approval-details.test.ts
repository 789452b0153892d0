// An approval with each type of details: what the card promises is what the phone shows (AA-13, AA-14).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";
import { approvals, effects } from "../socket/support/approvals.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { look, picture, pictureOfFailure } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

const GUARDIAN = "urn:auth0:schemas:authorization-details:v1:tool-call";

/** Type in the settings, and whether the phone shows the details. */
const types = [
  { what: "Guardian's schema, the default", type: undefined, sent: GUARDIAN, shown: true },
  { what: "a type of one's own", type: "tool_call", sent: "tool_call", shown: false },
  { what: "a type that the API does not know", type: "urn:auth0:schemas:authorization-details:v1:never-registered", sent: undefined, shown: false },
];

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
});

/** The phone's page, opened from the card, with what is asked on it. */
async function openPhone(tab: ChatTab): Promise<Page> {
  const [phone] = await Promise.all([
    tab.page.waitForEvent("popup"),
    tab.phoneCard.getByRole("link", { name: "Open the offline world’s phone" }).click(),
  ]);
  await phone.getByRole("button", { name: "Approve" }).waitFor();
  return phone;
}

async function logIn(deputy: Deputy): Promise<{ visitor: Visitor; tab: ChatTab }> {
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1, approvals_per_minute: 1000 });
  const visitor = await Visitor.open(browser, deputy.url);
  const tab = await visitor.tab("/");
  await visitor.logIn(tab, await deputy.offline.user("ana"));
  await tab.newChat();
  return { visitor, tab };
}

for (const { what, type, sent, shown } of types) {
  test(`AA-13 AA-14 S-09: ${what}: the code stands on the phone, and the card promises no more than that shows`, async () => {
    const deputy = await startDeputy({ vars: type === undefined ? {} : { AUTH0_APPROVAL_DETAILS_TYPE: type } });
    const { visitor, tab } = await logIn(deputy);
    try {
      await tab.send("Buy 3 shares of GOOGL");
      await tab.phoneCard.waitFor();
      const card = (await tab.phoneCard.innerText()).replace(/\s+/g, " ");
      const code = /[A-Z]{4}-[A-Z]{4}/.exec(card)?.[0] ?? assert.fail(`no code on the card: ${card}`);
      assert.equal(card.includes("The same code stands on your phone:"), shown, card);
      assert.equal(card.includes("The same sentence stands on your phone, with this code at its end:"), !shown, card);
      assert.equal(card.includes("Your phone may not show the details"), !shown, card);
      await look(tab.page, shown ? "phone-card-details" : `phone-card-${type === "tool_call" ? "own-type" : "no-type"}`);

      const [asked] = await approvals(deputy.offline, "pending");
      const details = asked?.authorization_details as { type: string }[];
      assert.deepEqual(
        details.map((detail) => detail.type),
        sent === undefined ? [] : [sent],
      );
      assert.equal(String(asked?.binding_message).endsWith(`#${code}`), !shown);

      const phone = await openPhone(tab);
      const page = await phone.locator("article").innerText();
      assert.ok(page.includes("Do you want to buy 3 shares of GOOGL") && page.includes(code), page);
      assert.equal(await phone.getByRole("row", { name: /ticker/i }).count(), shown ? 1 : 0);
      assert.equal(await phone.getByRole("row", { name: /qty/i }).count(), shown ? 1 : 0);
      assert.ok(!/digest|urn:auth0/.test(page), "what is not for display is not shown");
      await phone.screenshot({ path: picture(shown ? "phone-page-details" : "phone-page-message") });
      await phone.getByRole("button", { name: "Approve" }).click();
      await tab.messages("Assistant").getByText("The order for 3 GOOGL was answered with: OK.").waitFor();
      assert.equal((await effects(deputy.offline, "stock.order")).length, 1);
      visitor.assertNoProblems();
    } catch (error) {
      await pictureOfFailure(tab.page, `approval-details-${type ?? "default"}`.replace(/\W+/g, "-"));
      throw error;
    } finally {
      await visitor.close();
      await deputy.stop();
    }
  });
}
