// From the start of a workerd of its own to its first answer: the part of a cold start that the Worker's file is to blame for.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../scripts/lib/ports.mjs";
import { cpuMilliseconds } from "./cpu.ts";
import type { Measured } from "./side.ts";
import { workerd } from "./workerd.ts";

const patience = 30_000;

/** Starts the build in `directory` once, with nothing around it: no Miniflare, no settings, no storage that is kept. */
export async function coldStart(directory: string): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "deputy-cold-"));
  const port = await freePort();
  symlinkSync(resolve(directory, "build"), join(folder, "build"));
  writeFileSync(join(folder, "config.capnp"), configuration(directory, port));
  const start = performance.now();
  const child = spawn(workerd.program, ["serve", "--experimental", join(folder, "config.capnp")], { stdio: "ignore" });
  try {
    if (child.pid === undefined) throw new Error(`${workerd.program} does not start`);
    while (!(await answers(port))) {
      if (child.exitCode !== null || performance.now() - start > patience) throw new Error(`workerd does not answer for the build in ${directory}`);
    }
    const wall = performance.now() - start;
    return { wall, walls: [wall], cpu: cpuMilliseconds(child.pid) };
  } finally {
    const gone = child.exitCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What wrangler.toml says about the date and the objects; the rest of Deputy's bindings lead nowhere. A Worker that imports
 * `cloudflare:email`, as `agents` does, wants the module behind it, which workerd leaves to whoever configures it.
 */
function configuration(directory: string, port: number): string {
  const settings = readFileSync(join(directory, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "(.*)"$/m.exec(settings)?.[1] ?? "";
  const objects = [...settings.matchAll(/^\[\[durable_objects\.bindings\]\]\nname = "(.*)"\nclass_name = "(.*)"$/gm)];
  const wasm = existsSync(join(directory, "build/index_bg.wasm")) ? ', (name = "index_bg.wasm", wasm = embed "build/index_bg.wasm")' : "";
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "deputy", worker = .deputy), (name = "none", network = (allow = []))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "deputy")],
  extensions = [(modules = [(name = "cloudflare-internal:email", internal = true, esModule = "export default { EmailMessage: class {} };")])],
);
const deputy :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "build/index.js")${wasm}],
  compatibilityDate = ${JSON.stringify(date)},
  bindings = [
    ${objects.map(([, name, type]) => `(name = "${name}", durableObjectNamespace = "${type}"),`).join(" ")}
    (name = "ASSETS", service = "none"), (name = "TOKEN_VAULT", kvNamespace = "none"),
  ],
  durableObjectNamespaces = [
    ${objects.map(([, , type]) => `(className = "${type}", uniqueKey = "${type}", enableSql = true),`).join(" ")}
  ],
  durableObjectStorage = (inMemory = void),
);
`;
}

/** True for any answer at all: without settings it is a refusal, which the Worker's own code gives. */
function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const request = get({ host: "127.0.0.1", port, path: "/health", agent: false }, (response) => {
      response.resume().once("end", () => done(true));
    });
    request.once("error", () => done(false));
  });
}
