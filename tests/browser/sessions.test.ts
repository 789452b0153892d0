// The page of sessions: where the user is logged in, one ended from here, all of them ended.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, startDeputy, type Deputy } from "../harness/index.ts";
import { assertAccessible } from "./support/accessibility.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { look } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

let deputy: Deputy;
let browser: Browser;
let visitor: Visitor;
let tab: ChatTab;
before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  visitor = await Visitor.open(browser, deputy.url);
  tab = await visitor.tab("/");
  await visitor.logIn(tab, await deputy.offline.user("ana"));
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

const cards = () => tab.page.getByRole("list", { name: "Where you are logged in" }).getByRole("listitem");

test("S-16: the other login is ended, after a question, and is out at once", async () => {
  const other = await deputy.login("ana");
  await tab.page.getByRole("link", { name: "Sessions" }).click();
  await cards().nth(1).waitFor();
  assert.equal(await cards().count(), 2);
  const mine = cards().filter({ hasText: "Now: this is where you are" });
  await mine.getByRole("heading", { name: /Chrome on / }).waitFor();
  assert.equal(await mine.getByRole("button").count(), 0, "this browser has its Log out");
  await assertAccessible(tab.page, "sessions");
  await look(tab.page, "sessions");
  await tab.button("End session in Node.js").click();
  await tab.page.getByRole("button", { name: "Cancel" }).click();
  assert.equal((await other.get("/user")).status, 200, "a question is no yes");
  await tab.button("End session in Node.js").click();
  await tab.page.getByRole("dialog").getByRole("button", { name: "End session" }).click();
  await tab.page.getByText("Node.js").waitFor({ state: "detached" });
  assert.equal((await other.get("/user")).status, 401);
});

test("S-16 UA-20: log out everywhere ends in the landing page, here and at the tenant", async () => {
  const other = await deputy.login("ana");
  await tab.button("Log out everywhere").click();
  await tab.page.getByRole("dialog").getByRole("button", { name: "Log out everywhere" }).click();
  await tab.page.getByRole("link", { name: "Login" }).waitFor();
  assert.equal((await other.get("/user")).status, 401);
  const left = (await deputy.offline.requests<{ path: string; query: [string, string][] }>()).findLast(({ path }) => path === "/oidc/logout");
  assert.ok(
    left?.query.some(([name, value]) => name === "logout_hint" && value !== ""),
    "the tenant need not ask whose session it is",
  );
  await tab.page.getByRole("link", { name: "Login" }).click();
  await tab.page.getByLabel("Password").waitFor();
  visitor.assertNoProblems();
});
