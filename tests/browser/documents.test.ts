// Documents as people use them, in two browsers: upload, folders, sharing, and answers that know only what the asker may see.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Locator } from "playwright-core";
import { pdfOf } from "../../assets/src/documents/testPdf.ts";
import { launchBrowser, startDeputy, type Deputy, type OfflineUser } from "../harness/index.ts";
import type { ChatTab } from "./support/chat-tab.ts";
import { look, pictureOfFailure } from "./support/pictures.ts";
import { Visitor } from "./support/visitor.ts";

const question = "Show me forecast for ZEKO?";
const privateTitle = "ZEKO: forecast for 2026";
const publicTitle = "ZEKO: about the company";
/** Words that stand in the private sample alone. */
const secret = /For the finance team|17 percent|9\.8 million|second quarter|again in July/;
/** The citation of it, and its row in the list of sources. */
const citation = new RegExp(`^Source \\[\\d+\\]: ${privateTitle}$`);
const source = new RegExp(`^\\[\\d+\\] ${privateTitle}$`);

let deputy: Deputy;
let browser: Browser;
let ben: OfflineUser & { password: string };
let anas: { visitor: Visitor; tab: ChatTab };
let bens: { visitor: Visitor; tab: ChatTab };

before(async () => {
  [deputy, browser] = await Promise.all([startDeputy(), launchBrowser()]);
  ben = await deputy.offline.user("ben");
  anas = await enter("ana");
  bens = await enter("ben");
});
after(async () => {
  await browser?.close();
  await deputy?.stop();
});

async function enter(name: string): Promise<{ visitor: Visitor; tab: ChatTab }> {
  const visitor = await Visitor.open(browser, deputy.url);
  const tab = await visitor.tab("/");
  await visitor.logIn(tab, await deputy.offline.user(name));
  return { visitor, tab };
}

/** A step that leaves a picture when it fails. */
function step(name: string, tab: () => ChatTab, body: () => Promise<void>): void {
  test(name, async () => {
    try {
      await body();
    } catch (error) {
      await pictureOfFailure(tab().page, name.replace(/\W+/g, "-").slice(0, 60));
      throw error;
    }
  });
}

/** The row of a document or folder. */
const row = ({ page }: ChatTab, title: string): Locator =>
  page
    .getByRole("list", { name: "Documents and folders" })
    .locator(":scope > li")
    .filter({ has: page.getByRole("link", { name: title, exact: true }) });

async function toDocuments(tab: ChatTab): Promise<void> {
  await tab.page.getByRole("link", { name: "Documents", exact: true }).first().click();
  await tab.page.getByRole("heading", { name: "Documents", level: 1 }).waitFor();
}

async function choose(tab: ChatTab, name: string, mimeType: string, content: string | Uint8Array): Promise<Locator> {
  await tab.page.locator('input[type="file"]').setInputFiles({ name, mimeType, buffer: Buffer.from(content) });
  return tab.page.getByRole("list", { name: "Uploads" }).getByRole("listitem").filter({ hasText: name });
}

/** Asks in a new chat; the answer, when it is there. */
async function ask(tab: ChatTab): Promise<Locator> {
  await tab.newChat();
  await tab.send(question);
  const reply = tab.messages("Assistant").last();
  await reply.locator('[data-tool="get_context_documents"]').getByText("Completed").waitFor();
  await reply.locator(".bubble").first().waitFor();
  await tab.idle();
  return reply;
}

const anasTab = () => anas.tab;
const bensTab = () => bens.tab;

step("UA-05: without a session the page leads to the log-in, and from there back", anasTab, async () => {
  const visitor = await Visitor.open(browser, deputy.url);
  const tab = await visitor.tab("/documents");
  await visitor.fillTenantForm(tab.page, await deputy.offline.user("ana"));
  await tab.page.getByRole("heading", { name: "Documents", level: 1 }).waitFor();
  assert.equal(new URL(tab.page.url()).pathname, "/documents");
  visitor.assertNoProblems();
  await visitor.close();
});

step("RG-14: the empty page offers two samples, one of them for everybody", anasTab, async () => {
  const { tab } = anas;
  await toDocuments(tab);
  await tab.page.getByRole("heading", { name: "No documents yet" }).waitFor();
  await look(tab.page, "documents-empty");
  await tab.button("Add the two samples").click();
  await row(tab, publicTitle).getByText("Yours, everybody can see it").waitFor();
  await row(tab, privateTitle).getByText("Yours ·").waitFor();
  await look(tab.page, "documents");
});

step("RG-10: a text is uploaded with the file chooser, a PDF becomes text in the browser, what is no text is refused in words", anasTab, async () => {
  const { tab } = anas;
  await (await choose(tab, "otters.txt", "text/plain", "Otters hold hands while they sleep.")).getByText("Uploaded").waitFor();
  await row(tab, "otters").waitFor();
  await (
    await choose(tab, "report.pdf", "application/pdf", pdfOf("The lighthouse was painted red", "in the year of the comet"))
  )
    .getByText("Uploaded")
    .waitFor();
  await row(tab, "report").getByRole("link").click();
  await tab.page.getByRole("article", { name: "Text of the document" }).getByText("The lighthouse was painted red").waitFor();
  await tab.page.goBack();
  anas.visitor.mayBeRefused(400, "/api/documents/upload");
  await (await choose(tab, "photo.txt", "text/plain", new Uint8Array([0, 159, 146, 150, 0, 0]))).getByText("photo.txt:").waitFor();
  await (await choose(tab, "broken.pdf", "application/pdf", "no PDF")).getByText("This PDF cannot be read.").waitFor();
  await look(tab.page, "documents-uploads");
  await tab.button("Clear the list").click();
  await tab.page.getByRole("list", { name: "Uploads" }).waitFor({ state: "detached" });
});

step("a file is dropped on the page", anasTab, async () => {
  const { page } = anas.tab;
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["Dropped words."], "dropped.md", { type: "text/markdown" }));
    return transfer;
  });
  await page.getByRole("region", { name: "Upload" }).dispatchEvent("drop", { dataTransfer: dropped });
  await row(anas.tab, "dropped").waitFor();
});

step("folders: made, moved into, walked through by their names, renamed; deleted when empty", anasTab, async () => {
  const { tab } = anas;
  const { page } = tab;
  await tab.button("New folder").click();
  await page.getByRole("textbox", { name: "Title of the folder" }).fill("Animals");
  await page.keyboard.press("Enter");
  await row(tab, "Animals").waitFor();
  await tab.button("Move otters").click();
  await page.getByRole("combobox", { name: "Where to put otters" }).selectOption({ label: "Animals" });
  await tab.button("Move").click();
  await row(tab, "otters").waitFor({ state: "detached" });
  await row(tab, "Animals").getByRole("link").click();
  await row(tab, "otters").waitFor();
  await tab.button("Rename otters").click();
  await page.getByRole("textbox", { name: "New title of otters" }).fill("About otters");
  await page.keyboard.press("Enter");
  await row(tab, "About otters").getByRole("link").click();
  const way = page.getByRole("navigation", { name: "Folders" });
  await way.getByText("About otters").waitFor();
  await look(page, "document");
  await way.getByRole("link", { name: "Animals" }).click();
  await tab.button("Delete About otters").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("This folder is empty.").waitFor();
  await way.getByRole("link", { name: "Documents" }).click();
  await tab.button("Delete Animals").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row(tab, "Animals").waitFor({ state: "detached" });
});

step("RG-01 RG-13 RG-15, first: whom it is not shared with gets no answer and no hint", bensTab, async () => {
  const { tab } = bens;
  await toDocuments(tab);
  await row(tab, publicTitle).getByText("Everybody can see it").waitFor();
  assert.equal(await tab.page.getByRole("list", { name: "Documents and folders" }).getByRole("listitem").count(), 1);
  assert.equal(await tab.page.getByRole("button", { name: /^(Share|Rename|Move|Delete) ZEKO/ }).count(), 0, "nothing can be done with it");
  const reply = await ask(tab);
  assert.match(await reply.innerText(), /I don't know/);
  assert.doesNotMatch(await reply.innerText(), secret);
  const { received, bodies } = bens.visitor.seen;
  for (const seen of [...received, ...bodies]) assert.ok(!secret.test(seen) && !seen.includes(privateTitle), seen.slice(0, 300));
});

step("RG-13: the owner asks and is answered, with a citation that opens the passage", anasTab, async () => {
  const { tab } = anas;
  const reply = await ask(tab);
  assert.match(await reply.innerText(), secret);
  await look(tab.page, "documents-answer");
  await reply.getByRole("list", { name: "Sources" }).getByRole("link", { name: source }).waitFor();
  await reply.getByRole("link", { name: citation }).first().click();
  await tab.page.getByRole("heading", { name: privateTitle, level: 1 }).waitFor();
  assert.match(await tab.page.locator("mark").innerText(), secret);
  assert.match(new URL(tab.page.url()).search, /^\?chunk=\d+$/);
  await look(tab.page, "document-passage");
});

step("RG-12: it is shared by e-mail, and the page says who can see it and why", anasTab, async () => {
  const { tab } = anas;
  const { page } = tab;
  await toDocuments(tab);
  await tab.button(`Share ${privateTitle}`).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Nobody.").waitFor();
  await dialog.getByLabel("E-mail address").fill(ben.email);
  await dialog.getByRole("button", { name: "Share", exact: true }).click();
  await dialog.getByRole("status").getByText(`Shared with ${ben.email}.`).waitFor();
  await dialog.getByRole("list", { name: "Shares" }).getByText(ben.email).waitFor();
  await dialog.getByText("Who can see this and why").click();
  await dialog.getByRole("list", { name: "Who can see this" }).getByRole("listitem").nth(1).waitFor();
  await look(page, "documents-share");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

step("RG-13 RG-15, second: whom it is shared with is answered, with a citation", bensTab, async () => {
  const { tab } = bens;
  const reply = await ask(tab);
  assert.match(await reply.innerText(), secret);
  await reply.getByRole("link", { name: citation }).first().click();
  assert.match(await tab.page.locator("mark").innerText(), secret);
  await tab.page.getByText("Shared with you").waitFor();
});

step("RG-13 RG-15, third: no longer shared, it is gone at once: from answers, from the list, and for a citation of before", bensTab, async () => {
  const owner = anas.tab;
  await owner.button(`Share ${privateTitle}`).click();
  const dialog = owner.page.getByRole("dialog");
  await dialog.getByRole("button", { name: `Remove ${ben.email}` }).click();
  await dialog.getByText("Nobody.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  const { tab, visitor } = bens;
  const { pathname } = new URL(tab.page.url());
  for (const below of ["", "/content", "/passages/0", "/passages/1"]) visitor.mayBeRefused(404, `/api${pathname}${below}`);
  await tab.page.reload();
  await tab.page.getByRole("heading", { name: "No such document" }).waitFor();
  assert.doesNotMatch(await tab.page.locator("main").innerText(), secret);
  await look(tab.page, "document-gone");
  await toDocuments(tab);
  await row(tab, publicTitle).waitFor();
  assert.equal(await row(tab, privateTitle).count(), 0);
  const reply = await ask(tab);
  assert.match(await reply.innerText(), /I don't know/);
  assert.doesNotMatch(await reply.innerText(), secret);
});

test("nothing went wrong that no step would show", () => {
  anas.visitor.assertNoProblems();
  bens.visitor.assertNoProblems();
});
