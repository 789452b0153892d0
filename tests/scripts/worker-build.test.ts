// How the Worker is compiled: nothing that helps to find a fault is taken away.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inRoot } from "../harness/paths.ts";
import { findToolchain, workerBuildEnv } from "../../scripts/lib/toolchain.mjs";
import { entryModule } from "../../scripts/lib/worker.mjs";

const toolchain = findToolchain();
const env: Record<string, string | undefined> = workerBuildEnv(toolchain);
const directory = mkdtempSync(join(tmpdir(), "deputy-flags-"));
after(() => rmSync(directory, { recursive: true, force: true }));

test("the Worker's RUSTFLAGS hold no -Z: none that takes diagnostics away, none at all", () => {
  for (const name of ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"]) {
    assert.doesNotMatch(env[name] ?? "", /-Z/, name);
  }
  assert.equal(env.CARGO_UNSTABLE_BUILD_STD_FEATURES, undefined);
});

test("the wasm-bindgen of scripts/ is that of Cargo.lock", () => {
  const version = (file: string, name: string) => new RegExp(`name = "${name}"\\nversion = "([^"]+)"`).exec(readFileSync(inRoot(file), "utf8"))?.[1];
  const wanted = version("Cargo.lock", "wasm-bindgen");
  assert.ok(wanted !== undefined);
  for (const name of ["wasm-bindgen-cli-support", "deputy-wasm-bindgen"]) {
    assert.equal(version("scripts/wasm-bindgen/Cargo.lock", name), wanted, `${name}: change scripts/wasm-bindgen/Cargo.toml`);
  }
});

test("what is compiled with them names file and line of a panic, and prints {:?}", () => {
  const source = join(directory, "probe.rs");
  writeFileSync(
    source,
    '#[derive(Debug)]\nstruct Kept { field: u8 }\nfn main() {\n    println!("{:?}", Kept { field: 7 });\n    panic!("on line 5");\n}\n',
  );
  const flags = (env.RUSTFLAGS ?? "").split(" ").filter(Boolean);
  execFileSync(String(env.RUSTC), [...flags, "--cap-lints=allow", "-o", join(directory, "probe"), source], {
    env: { ...env },
  });
  const { stdout, stderr } = spawnSync(join(directory, "probe"), { encoding: "utf8" });
  assert.equal(stdout, "Kept { field: 7 }\n");
  assert.match(stderr, /probe\.rs:5:5/);
});

/** The entry module around a module of wasm-bindgen's shape whose instance can be lost. */
async function entryAround() {
  const module = `
    export const state = { instanceId: 1 };
    export function __worker_init_state() { return state; }
    export function fetch(request, env, context) { return [request, env, context]; }
    export function start() {}
    export class Chat {
      constructor(ctx, env) { this.made = state.instanceId; this.given = [ctx, env]; }
      free() {}
      fetch(request) {
        if (this.made !== state.instanceId) throw new Error("Invalid stale object from previous Wasm instance");
        return [request, this.made, ...this.given];
      }
    }`.replace(/^ {4}/gm, "");
  const bases = ["WorkerEntrypoint", "DurableObject"].map(
    (name) => `export class ${name} { constructor(ctx, env) { Object.assign(this, { ctx, env }); } }`,
  );
  const here = (script: string) =>
    script.replace("cloudflare:workers", `data:text/javascript,${bases.join("")}`).replaceAll(/"\.\/(\w+)\.js"/g, '"./$1.mjs"');
  writeFileSync(join(directory, "entry.mjs"), here(entryModule(module)));
  writeFileSync(join(directory, "index.mjs"), module);
  writeFileSync(join(directory, "renewed.mjs"), here(readFileSync(inRoot("scripts/worker/renewed.js"), "utf8")));
  const [entry, { state }] = await Promise.all(["entry.mjs", "index.mjs"].map((name) => import(join(directory, name))));
  return { entry, state };
}

test("the entry module hands events on with environment and context, and nothing that is no event", async () => {
  const { entry } = await entryAround();
  const worker = new entry.default("context", "environment");
  assert.deepEqual(worker.fetch("request"), ["request", "environment", "context"]);
  assert.equal(worker.start, undefined);
  assert.deepEqual(Object.keys(entry).toSorted(), ["Chat", "default"]);
});

test("an object whose module was lost in a crash is made anew at its next call, with what it was given", async () => {
  const { entry, state } = await entryAround();
  const chat = new entry.Chat("state", "environment");
  assert.deepEqual(chat.fetch("first"), ["first", 1, "state", "environment"]);
  state.instanceId = 2;
  assert.deepEqual(chat.fetch("second"), ["second", 2, "state", "environment"]);
  assert.equal(chat.free, undefined);
  assert.deepEqual([chat.ctx, chat.env], ["state", "environment"], "of the platform's class: its methods may be called remotely");
  assert.equal(chat.current, undefined, "and nothing of the wrapper's");
});
