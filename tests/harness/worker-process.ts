// The child process of `WorkerProcess`: Miniflare with the bindings of wrangler.toml, storage on disk.
import { readFileSync } from "node:fs";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { endWithParent } from "./end-with-parent.ts";
import { inRoot } from "./paths.ts";

interface Start {
  vars: Record<string, string>;
  persistDir: string;
  port: number;
}

endWithParent();
process.once("message", (message) => {
  start(message as Start).then(
    () => process.send?.({ ready: true }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

async function start({ vars, persistDir, port }: Start): Promise<void> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(inRoot("wrangler.toml"));
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port,
    cf: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    resourcePersistencePath: persistDir,
    handleStructuredLogs: ({ level, message }) => process.stdout.write(`${level === "log" ? "" : `${level}: `}${message}\n`),
    workers: [
      {
        ...workerOptions,
        name: "deputy",
        // In place of the developer's .dev.vars, which wrangler has read by now.
        bindings: vars,
        modules: [
          { type: "ESModule", path: inRoot("build/index.js"), contents: readFileSync(inRoot("build/index.js"), "utf8") },
          { type: "CompiledWasm", path: inRoot("build/index_bg.wasm"), contents: readFileSync(inRoot("build/index_bg.wasm")) },
        ],
        modulesRoot: inRoot("build"),
      },
    ],
  });
  await new Miniflare(options).ready;
}
