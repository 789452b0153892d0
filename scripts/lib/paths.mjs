// Where things live. Every other script takes its paths from here.
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A path inside the project. */
export const inRoot = (...parts) => join(root, ...parts);

export const cache = inRoot(".cache");
export const cargoTools = inRoot(".cache/cargo-tools");
export const workerTarget = inRoot("target/worker");
export const workerWasm = inRoot("build/index_bg.wasm");
export const workerScript = inRoot("build/index.js");
export const mcpFixture = inRoot("tests/mcp/fixture");
export const clientDirectory = inRoot("build/client");
export const offlineProgram = inRoot("target/debug/deputy-offline");
export const devVars = inRoot(".dev.vars");
export const npmBin = inRoot("node_modules/.bin");
