// docs/security.md: every test that it names is there, and every finding has a row.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../harness/paths.ts";

const page = readFileSync(inRoot("docs/security.md"), "utf8");

/** The cells of a section's rows, without the heading. */
function rows(heading: string): string[][] {
  const section = page.split(/^## /m).find((one) => one.startsWith(heading)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  assert.ok(lines.length > 2, heading);
  return lines.slice(1).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const files = (directory: string, end: string): string[] =>
  readdirSync(inRoot(directory), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end) && !name.includes("node_modules"))
    .map((name) => inRoot(directory, name));

test("every test that the page names is there", () => {
  const rust = ["src", "crates", "examples"].flatMap((directory) => files(directory, ".rs")).map((file) => readFileSync(file, "utf8"));
  const native = rust.flatMap((source) => [...source.matchAll(/#\[(?:tokio::)?test\]\s+(?:async )?fn (\w+)/g)].map(([, name]) => name ?? ""));
  const there = (name: string) =>
    name.includes("/")
      ? existsSync(inRoot("tests", name)) || existsSync(inRoot("tests", `${name}.test.ts`))
      : native.some((test) => test.includes(name));
  const missing: string[] = [];
  for (const heading of ["Faults of relatives", "OAuth 2.0 Security", "Log-in and session", "OWASP"]) {
    for (const row of rows(heading)) {
      const named = [...(row.at(-1) ?? "").matchAll(/`([^` ]+)`/g)].map(([, name]) => name ?? "");
      missing.push(...named.filter((name) => !there(name)).map((name) => `${row[0]}: ${name}`));
    }
  }
  assert.deepEqual(missing, []);
});

test("no finding is left out", () => {
  const ids = rows("Faults of relatives").map(([id]) => id);
  assert.deepEqual(
    ids,
    Array.from({ length: 35 }, (_, number) => `S-${String(number + 1).padStart(2, "0")}`),
  );
});

test("S-01: every npm package but other platforms' binaries is pinned by hash, and every crate by checksum", () => {
  const locks = [inRoot("package-lock.json"), inRoot("assets/package-lock.json"), ...files("tests", "package-lock.json")];
  for (const lock of locks) {
    const { packages } = JSON.parse(readFileSync(lock, "utf8")) as { packages: Record<string, { integrity?: string; optional?: boolean }> };
    const entries = Object.entries(packages).filter(([place]) => place.includes("node_modules/"));
    assert.ok(entries.length > 0, lock);
    for (const [place, entry] of entries) assert.ok(entry.integrity?.startsWith("sha512-") || entry.optional, `${lock}: ${place}`);
  }
  const crates = readFileSync(inRoot("Cargo.lock"), "utf8").split("[[package]]").slice(1);
  for (const crate of crates.filter((text) => text.includes("\nsource = "))) {
    assert.match(crate, /\nsource = "registry\+/);
    assert.match(crate, /\nchecksum = "[0-9a-f]{64}"/);
  }
});
