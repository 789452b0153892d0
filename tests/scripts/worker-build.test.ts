// How the Worker is compiled: nothing that helps to find a fault is taken away.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inRoot } from "../harness/paths.ts";
import { findToolchain, workerBuildEnv } from "../../scripts/lib/toolchain.mjs";

const toolchain = findToolchain();
const tools = { workerBuild: "/tools/worker-build", wasmBindgen: "/tools/wasm-bindgen" };
const env: Record<string, string | undefined> = workerBuildEnv(toolchain, tools);
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
  execFileSync(String(env.DEPUTY_RUSTC), [...flags, "--cap-lints=allow", "-o", join(directory, "probe"), source], {
    env: { ...env, RUSTC_BOOTSTRAP: "1" },
  });
  const { stdout, stderr } = spawnSync(join(directory, "probe"), { encoding: "utf8" });
  assert.equal(stdout, "Kept { field: 7 }\n");
  assert.match(stderr, /probe\.rs:5:5/);
});
