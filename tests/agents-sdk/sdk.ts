import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { freePort } from "../../scripts/lib/ports.mjs";

/** The Worker of `worker.mjs` in workerd. */
export interface SdkWorker {
  origin: string;
  stop(): Promise<void>;
}

export async function startSdkWorker(): Promise<SdkWorker> {
  const directory = mkdtempSync(join(tmpdir(), "deputy-agents-sdk-"));
  const bundle = join(directory, "worker.mjs");
  const result = await build({
    entryPoints: [join(import.meta.dirname, "worker.mjs")],
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    alias: { path: "node:path" },
    external: ["cloudflare:*", "node:*"],
    logLevel: "silent",
  });
  for (const warning of result.warnings) console.warn(warning.text);
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port,
    cf: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    workers: [
      {
        name: "agents-sdk",
        compatibilityDate: "2026-11-01",
        compatibilityFlags: ["nodejs_compat"],
        modules: [{ type: "ESModule", path: bundle, contents: readFileSync(bundle, "utf8") }],
        modulesRoot: directory,
        bindings: { ORIGIN: origin },
        kvNamespaces: ["OAUTH_KV"],
        durableObjects: {
          Counter: { className: "Counter", useSQLite: true },
          Caller: { className: "Caller", useSQLite: true },
        },
      },
    ],
  });
  const miniflare = new Miniflare(options);
  await miniflare.ready;
  const stop = async () => {
    await miniflare.dispose();
    rmSync(directory, { recursive: true, force: true });
  };
  return { origin, stop };
}
