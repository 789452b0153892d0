import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../harness/paths.ts";

/** The four guides, and the tool each is about. */
const GUIDES = { "google-calendar": "checkUsersCalendar", github: "listRepositories", slack: "listChannels", salesforce: "listOpportunities" };

/** Guides that are about no single connection. */
const APPROVALS = "approvals";
const DOCUMENTS = "documents";
const LOG_INS = "log-ins";
const SERVERS = "mcp-servers";

/** What GitHub makes of a heading in a link. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .trim()
    .replaceAll(" ", "-");

test("HT-10: four how-to guides; each asks a sentence the browser test asks, names its tool, and has no dead link", () => {
  assert.deepEqual(
    readdirSync(inRoot("docs/how-to")).toSorted(),
    [...Object.keys(GUIDES), APPROVALS, DOCUMENTS, LOG_INS, SERVERS].map((name) => `${name}.md`).toSorted(),
  );
  const browser = readFileSync(inRoot("tests/browser/how-tos.test.ts"), "utf8");
  const asked = [...browser.matchAll(/sentence: "([^"]+)"/g)].map(([, sentence = ""]) => sentence.toLowerCase());
  assert.equal(asked.length, 4);
  for (const [name, tool] of Object.entries(GUIDES)) {
    const path = inRoot(`docs/how-to/${name}.md`);
    const text = readFileSync(path, "utf8");
    assert.ok(text.includes(`\`${tool}\``), `${name} names ${tool}`);
    assert.ok(
      asked.some((sentence) => text.toLowerCase().includes(`*${sentence}*`)),
      `${name} asks one of ${asked.join("; ")}`,
    );
    for (const [, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      const [file = "", fragment] = target.split("#");
      const linked = join(dirname(path), file);
      assert.ok(existsSync(linked), `${name}: ${target}`);
      if (fragment === undefined) continue;
      const headings = [...readFileSync(linked, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading));
      assert.ok(headings.includes(fragment), `${name}: ${target}`);
    }
  }
});

test("AA-14 AA-20 AA-21 AA-22 AA-25: the guide to approvals says what the tenant needs, shows the tool as it is, and its sentences are asked by the browser test", () => {
  const text = readFileSync(inRoot(`docs/how-to/${APPROVALS}.md`), "utf8");
  for (const fact of [
    "Guardian",
    "`async_approval_notification_channels`: `guardian-push`, `email`",
    "More than 300 excludes push",
    "no push enrolment",
    "not verified",
    "paid add-on",
    "registered with the identifier that is its audience",
    "type `urn:auth0:schemas:authorization-details:v1:tool-call`",
  ])
    assert.ok(text.includes(fact), fact);
  const example = (/```rust\n([\s\S]*?)```/.exec(text)?.[1] ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  assert.ok(example.length > 5);
  const source = readFileSync(inRoot("src/tools/commerce/buy_stock.rs"), "utf8");
  for (const line of example) assert.ok(source.includes(line), `buy_stock.rs has: ${line}`);
  const browser = readFileSync(inRoot("tests/browser/approvals.test.ts"), "utf8");
  for (const sentence of ["Buy 3 shares of GOOGL", "Buy an XYZ phone"])
    assert.ok(text.includes(`*${sentence}*`) && browser.includes(`send("${sentence}")`), sentence);
});

test("RG-15 RG-20: the guide to documents asks what the browser test asks, and names the buttons that the pages have", () => {
  const text = readFileSync(inRoot(`docs/how-to/${DOCUMENTS}.md`), "utf8");
  const browser = readFileSync(inRoot("tests/browser/documents.test.ts"), "utf8");
  const question = /const question = "([^"]+)"/.exec(browser)?.[1] ?? "";
  assert.ok(question.length > 10 && text.includes(`*${question}*`), question);
  const pages = ["EmptyLibrary", "ItemRow", "ShareDialog"].map((name) => readFileSync(inRoot(`assets/src/documents/${name}.tsx`), "utf8")).join("\n");
  for (const name of ["Add the two samples", "Share", "Remove", "Who can see this and why"])
    assert.ok(text.includes(`**${name}**`) && pages.includes(name), name);
  assert.ok(text.includes("`get_context_documents`"));
});

test("CF-29: the guide to MCP servers names the buttons that the page has, and what is not done", () => {
  const text = readFileSync(inRoot(`docs/how-to/${SERVERS}.md`), "utf8");
  const pages = ["AddServer", "ServerCard", "ToolRow"].map((name) => readFileSync(inRoot(`assets/src/servers/${name}.tsx`), "utf8")).join("\n");
  const words = readFileSync(inRoot("assets/src/words/servers.ts"), "utf8");
  for (const name of ["Add", "Log in", "Allow more", "Pause", "Look again", "Remove", "Accept as it is now"])
    assert.ok(text.includes(`**${name}**`) && pages.includes(name), name);
  for (const name of ["Always allow", "Always ask me", "Block"]) assert.ok(text.includes(`**${name}**`) && words.includes(name), name);
  for (const limit of ["Sampling is refused", "forms are refused"]) assert.ok(text.includes(limit), limit);
});
