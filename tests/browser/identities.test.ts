// The log-ins on the page of connections: another one is linked after a question, and unlinked after one.
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

const logIns = () => tab.page.getByRole("list", { name: "Your log-ins" }).getByRole("listitem");

test("UA-25: a Google log-in is linked to a password user, shown, and unlinked", async () => {
  await tab.page.getByRole("link", { name: "Connections" }).click();
  await logIns().getByText("E-mail and password (ana@example.com)").waitFor();
  assert.equal(await logIns().getByRole("button").count(), 0, "the first log-in stays");
  await assertAccessible(tab.page, "log-ins");
  await tab.button("Link another log-in").click();
  await tab.page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
  await tab.page.getByRole("link", { name: "Continue with Google" }).click();
  await tab.page.getByRole("button", { name: /Gina/ }).click();
  await logIns().getByText("Google (gina@gmail.example)").waitFor();
  assert.equal(await logIns().count(), 2);
  await look(tab.page, "log-ins");

  await tab.button("Unlink Google (gina@gmail.example)").click();
  await tab.page.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await logIns().count(), 2, "a question is no yes");
  await tab.button("Unlink Google (gina@gmail.example)").click();
  await tab.page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
  await logIns().getByText("Google (gina@gmail.example)").waitFor({ state: "detached" });
  visitor.assertNoProblems();
});
