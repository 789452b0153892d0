import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../harness/paths.ts";

/** The four guides, and the tool each is about. */
const GUIDES = { "google-calendar": "checkUsersCalendar", github: "listRepositories", slack: "listChannels", salesforce: "listOpportunities" };

/** What GitHub makes of a heading in a link. */
const anchor = (heading: string) => heading.toLowerCase().replace(/[^\w\- ]/g, "").trim().replaceAll(" ", "-");

test("HT-10: four how-to guides; each asks a sentence the browser test asks, names its tool, and has no dead link", () => {
  assert.deepEqual(readdirSync(inRoot("docs/how-to")).toSorted(), Object.keys(GUIDES).map((name) => `${name}.md`).toSorted());
  const browser = readFileSync(inRoot("tests/browser/how-tos.test.ts"), "utf8");
  const asked = [...browser.matchAll(/sentence: "([^"]+)"/g)].map(([, sentence = ""]) => sentence.toLowerCase());
  assert.equal(asked.length, 4);
  for (const [name, tool] of Object.entries(GUIDES)) {
    const path = inRoot(`docs/how-to/${name}.md`);
    const text = readFileSync(path, "utf8");
    assert.ok(text.includes(`\`${tool}\``), `${name} names ${tool}`);
    assert.ok(asked.some((sentence) => text.toLowerCase().includes(`*${sentence}*`)), `${name} asks one of ${asked.join("; ")}`);
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
