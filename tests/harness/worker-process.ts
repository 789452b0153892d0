// The child process of `WorkerProcess`: Miniflare with the bindings of wrangler.toml, storage on disk.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Unstable_MiniflareWorkerOptions } from "wrangler";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions, type V4WorkerOptions } from "miniflare";
import { endWithParent } from "./end-with-parent.ts";

/** What wrangler.toml says about the Worker, in Miniflare's words. */
export type Project = Unstable_MiniflareWorkerOptions["workerOptions"];

export interface Start {
  /** The project whose wrangler.toml and build are run. */
  directory: string;
  vars: Record<string, string>;
  persistDir: string;
  port: number;
  /** The Worker alone listens on `port`: Miniflare's own entry, which costs more than a session check, is not before it. */
  bare: boolean;
  /** Where the stand-in of the binding `AI` passes on what it is asked; without it there is no such binding. */
  workersAi: string | undefined;
  /** What an earlier process answered: reading it takes as long as all the rest. */
  project: Project | undefined;
}

export type Answer = { project: Project } | { error: string };

endWithParent();
process.once("message", (message) => {
  const answer = (answer: Answer) => process.send?.(answer);
  start(message as Start).then(
    (project) => answer({ project }),
    (error: unknown) => answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

async function start({ directory, vars, persistDir, port, bare, workersAi, project }: Start): Promise<Project> {
  const known = project ?? (await readProject(directory));
  const { assets: _, ...others } = known;
  const workers: V4WorkerOptions[] = [
    {
      // With assets the platform's router for them would be before the Worker.
      ...(bare ? others : known),
      name: "deputy",
      bindings: vars,
      modules: modulesOf(directory),
      modulesRoot: join(directory, "build"),
      ...(bare ? { unsafeDirectSockets: [{ host: "127.0.0.1", port }] } : {}),
      serviceBindings: {
        ...(bare ? { ASSETS: files } : {}),
        ...(workersAi === undefined ? {} : { AI: { name: standIn, entrypoint: "Ai" } }),
      },
    },
  ];
  if (bare) workers.push({ name: files, modules: true, script: "export default { fetch: () => new Response('a page') };" });
  if (workersAi !== undefined) workers.push(aiStandIn(workersAi, known));
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: bare ? 0 : port,
    cf: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    resourcePersistencePath: persistDir,
    handleStructuredLogs: ({ level, message }) => process.stdout.write(`${level === "log" ? "" : `${level}: `}${message}\n`),
    workers,
  });
  await new Miniflare(options).ready;
  return known;
}

/** The entry module, and the compiled one of a Worker in Rust. */
function modulesOf(directory: string): Exclude<V4WorkerOptions["modules"], boolean | undefined> {
  const [script, wasm] = ["index.js", "index_bg.wasm"].map((name) => join(directory, "build", name)) as [string, string];
  return [
    { type: "ESModule", path: script, contents: readFileSync(script, "utf8") },
    ...(existsSync(wasm) ? [{ type: "CompiledWasm" as const, path: wasm, contents: readFileSync(wasm) }] : []),
  ];
}

const standIn = "ai-stand-in";
const files = "files";

/** A Worker whose entrypoint has the method of the binding `AI`. */
function aiStandIn(url: string, project: Project): V4WorkerOptions {
  const path = join(import.meta.dirname, "ai-stand-in.mjs");
  return {
    name: standIn,
    compatibilityDate: typeof project.compatibilityDate === "string" ? project.compatibilityDate : "2026-11-01",
    bindings: { WORKERS_AI_URL: url },
    modules: [{ type: "ESModule", path, contents: readFileSync(path, "utf8") }],
    modulesRoot: import.meta.dirname,
  };
}

async function readProject(directory: string): Promise<Project> {
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  // Without the developer's .dev.vars, which wrangler has read too.
  return { ...unstable_getMiniflareWorkerOptions(join(directory, "wrangler.toml")).workerOptions, bindings: {} };
}
