// The parts of a set-up: side by side, timed, quiet unless they fail.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const scripts = fileURLToPath(new URL("../../scripts/", import.meta.url));

/** Runs a body with `parts`, `run` and `wait` in a process of its own; what that printed. */
function tried(body: string): { stdout: string; stderr: string; took: number } {
  const source = `
    import { setTimeout as wait } from "node:timers/promises";
    import { main } from "${scripts}lib/log.mjs";
    import { Parts } from "${scripts}lib/parts.mjs";
    import { run } from "${scripts}lib/run.mjs";
    const parts = new Parts({ patience: 300 });
    await main(async () => {${body}});`;
  const start = Date.now();
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8", timeout: 60_000 });
  return { stdout, stderr, took: Date.now() - start };
}

test("parts run side by side; how long each took is printed, what they printed is not", () => {
  const { stdout } = tried(`
    const first = parts.run("first", () => run("sh", ["-c", "echo noise; sleep 1.6"]));
    const second = first.then(() => parts.run("second", () => wait(1100)));
    await Promise.all([first, second, parts.run("beside", () => wait(1100)), parts.run("brief", () => wait(1))]);
    parts.sayTimes();`);
  assert.doesNotMatch(stdout, /noise/);
  assert.match(stdout, /still running: first \(.* s\), beside/);
  const rows = [...stdout.matchAll(/^  (first|beside|second|brief) +(\d+) s +(\d+) s +(\d+) s$/gm)].map(([, name, took, from]) => [name, took, from]);
  assert.deepEqual(rows, [
    ["first", "2", "0"],
    ["beside", "1", "0"],
    ["second", "1", "2"],
  ]);
});

test("a part that fails shows what it printed, and ends the programs of the others", () => {
  const { stdout, stderr, took } = tried(`
    const other = parts.run("other", () => run("sleep", ["30"]));
    await Promise.all([other, parts.run("broken", () => run("sh", ["-c", "echo the reason; exit 3"], { remedy: "mend it" }))]);`);
  assert.match(stderr, /── broken\nthe reason\n/);
  assert.match(stderr, /ended with exit code 3\n  → mend it/);
  assert.doesNotMatch(stderr + stdout, /other/);
  assert.ok(took < 20_000, `${took} ms`);
});
