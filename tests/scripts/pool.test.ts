// How `npm test` runs its steps: several at a time, each with its output in one piece, and all of them ended by Ctrl-C.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Pool } from "../../scripts/lib/pool.mjs";
import { inRoot } from "../harness/paths.ts";
import { eventually } from "../socket/support/chat.ts";

/** A step of shell commands. */
const shell = (name: string, ...commands: string[]) => ({ name, commands: commands.map((command): [string, string[]] => ["sh", ["-c", command]]) });
const outcomes = (results: { name: string; passed: boolean }[]) => results.map(({ name, passed }) => [name, passed]);

test("steps begin in their order, so many at a time, and the results are in that order", async () => {
  const printed: string[] = [];
  const pool = new Pool({ print: (text: string) => void printed.push(text) });
  const folder = mkdtempSync(join(tmpdir(), "deputy-pool-"));
  try {
    // The long step ends only after the other two; the second of these must find the first's file.
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    const long = shell("long", `until [ -e ${second} ]; do sleep 0.05; done; sleep 0.3; echo long`);
    const results = await pool.run(
      [long, shell("first", `echo first > ${first}; cat ${first}`), shell("second", `cp ${first} ${second}; echo second`)],
      2,
    );
    assert.deepEqual(outcomes(results), [
      ["long", true],
      ["first", true],
      ["second", true],
    ]);
    for (const { time } of results) assert.match(time, /^\d+\.\d s$/);
    assert.deepEqual(
      printed.map((text) => text.trim().split("\n").at(-1)),
      ["first", "second", "long"],
      "told when they end",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what steps print side by side is not mixed", async () => {
  const printed: string[] = [];
  const pool = new Pool({ print: (text: string) => void printed.push(text) });
  const talk = (word: string) => shell(word, `for i in 1 2 3 4; do echo ${word} $i; sleep 0.1; done`, `echo ${word} ends >&2`);
  await pool.run([talk("one"), talk("two"), talk("three")], 3);
  assert.equal(printed.length, 3);
  for (const text of printed) {
    const [, heading = "", ...lines] = text.split("\n");
    const word = /^── (\w+) ─+$/.exec(heading)?.[1];
    assert.deepEqual(lines, [`${word} 1`, `${word} 2`, `${word} 3`, `${word} 4`, `${word} ends`, ""]);
  }
});

test("a failure is told with its command and what to do, ends its step and no other", async () => {
  const printed: string[] = [];
  const pool = new Pool({ print: (text: string) => void printed.push(text) });
  const nowhere = { name: "nowhere", commands: [["deputy-no-such-program", ["x"], { remedy: "Install it" }]] };
  const results = await pool.run(
    [shell("fails", "echo before; exit 3", "echo never"), nowhere, shell("killed", "kill -9 $$"), shell("good", "echo good")],
    2,
  );
  assert.deepEqual(outcomes(results), [
    ["fails", false],
    ["nowhere", false],
    ["killed", false],
    ["good", true],
  ]);
  const all = printed.join("");
  assert.match(all, /before\n\n✗ sh -c echo before; exit 3: ended with exit code 3\n/);
  assert.match(all, /✗ deputy-no-such-program x: could not be started \(ENOENT\)\n {2}→ Install it\n/);
  assert.match(all, /✗ sh -c kill -9 \$\$: ended with SIGKILL\n/);
  assert.ok(!all.includes("never\n\n"), "its second command is not run");
});

test("while nothing ends, it is told what runs", async () => {
  const printed: string[] = [];
  const pool = new Pool({ print: (text: string) => void printed.push(text), patience: 100 });
  await pool.run([shell("here", "sleep 0.5"), shell("there", "sleep 0.5")], 2);
  assert.equal(printed[0], "… here, there\n");
});

test("Ctrl-C ends what runs with all it started, begins nothing more and says nothing about it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deputy-pool-"));
  const module = (name: string) => JSON.stringify(inRoot("scripts/lib", name));
  const script = `
    import { Pool } from ${module("pool.mjs")};
    import { stopOnSignal } from ${module("processes.mjs")};
    const pool = new Pool();
    stopOnSignal(() => pool.stop());
    const sleeper = (name) => ({ name, commands: [["sh", ["-c", "sleep 300 & echo $! > " + name + "; wait"], { cwd: ${JSON.stringify(folder)} }]] });
    await pool.run(["one", "two", "three"].map(sleeper), 2);
    console.log("the run returned");
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    let printed = "";
    child.stdout.on("data", (text) => (printed += String(text)));
    const pids = await eventually("two steps that run", () => {
      const found = ["one", "two"].map((name) => Number(read(join(folder, name))));
      return found.every((pid) => pid > 0) && found;
    });
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "close"), [130, null]);
    // A zombie is dead: nobody has collected it yet.
    for (const pid of pids) await eventually("the end of what a step started", () => /^(Z.*)?$/.test(stateOf(pid)));
    assert.deepEqual([printed, read(join(folder, "three"))], ["", ""]);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");
const stateOf = (pid: number) => spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
