// docs/tools.md adds a provider: its text alone, applied to a copy of the repository, gives one that compiles.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../harness/paths.ts";

/** What a block of the page does to a file: the whole of a new one, or hunks for one that is there. */
interface Change {
  language: string;
  file: string;
  text: string;
}

function changes(page: string): Change[] {
  return [...page.matchAll(/^```(rust|diff) (\S+)\n([\s\S]*?)^```$/gm)].map(([, language = "", file = "", text = ""]) => ({ language, file, text }));
}

/** The text with each hunk's lines in their place; a hunk that does not fit, or fits twice, is a failure. */
function applied(before: string, diff: string, file: string): string {
  let text = before;
  for (const hunk of diff.split(/^@@.*\n/m).slice(1)) {
    const lines = hunk.split("\n").slice(0, -1);
    const side = (other: string) =>
      lines
        .filter((line) => !line.startsWith(other))
        .map((line) => `${line.slice(1)}\n`)
        .join("");
    const [old, now] = [side("+"), side("-")];
    assert.equal(text.split(old).length, 2, `these lines stand in ${file} once:\n${old}`);
    text = text.replace(old, () => now);
  }
  return text;
}

test("a tool of a new provider, from the text of docs/tools.md: at most three files, and they compile", { timeout: 280_000 }, () => {
  const copy = mkdtempSync(join(tmpdir(), "deputy-new-provider-"));
  try {
    for (const name of [
      "Cargo.toml",
      "Cargo.lock",
      "src",
      "crates",
      "docs",
      "examples",
      "tests/architecture",
      "tests/mcp/client-driver",
      "tests/mcp/fixture",
      ".dev.vars.example",
    ])
      cpSync(inRoot(name), join(copy, name), { recursive: true });
    const all = changes(readFileSync(inRoot("docs/tools.md"), "utf8"));
    const touched = [...new Set(all.map(({ file }) => file))];
    assert.ok(touched.length >= 2 && touched.length <= 3, touched.join(", "));
    for (const { language, file, text } of all) {
      const path = join(copy, file);
      assert.equal(existsSync(path), language === "diff", `${file}: new files are shown whole, others as a diff`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, language === "diff" ? applied(readFileSync(path, "utf8"), text, file) : text);
    }
    // What other packages compile to is in the repository's own folder already.
    const env = { ...process.env, CARGO_TARGET_DIR: inRoot("target") };
    const { status, stderr } = spawnSync("cargo", ["check", "--package", "deputy", "--tests", "--offline", "--quiet"], {
      cwd: copy,
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
