import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRoot } from "./paths.ts";
import { workers } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { ProcessGroup } from "./process-group.ts";
import type { Answer, Project, Start } from "./worker-process.ts";

export interface WorkerOptions {
  /** Settings, as `.dev.vars` would give them. */
  vars: Record<string, string>;
  /** Where Durable Objects and KV are stored; a new temporary directory by default. */
  persistDir?: string;
  /** The project whose build is run; this one by default. */
  directory?: string;
  /** The port to listen on; a free one by default. It stays the same over restarts. */
  port?: number;
  /** Nothing of Miniflare's answers before the Worker does: for what is measured. */
  bare?: boolean;
  /** Where the stand-in of the binding `AI` (Workers AI) passes on what it is asked; no such binding by default. */
  workersAi?: string;
}

/** What the first start of a project has found out, for the following ones. */
const projects = new Map<string, Project>();

/** Starts the built Worker in a real workerd, in a process group of its own. */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const directory = options.directory ?? inRoot();
  if (!existsSync(join(directory, "build/index.js"))) throw new Error(`${directory} is not built: ${buildOf(directory)}`);
  const worker = new WorkerProcess(
    directory,
    options.vars,
    options.persistDir ?? mkdtempSync(join(tmpdir(), "deputy-state-")),
    options.port ?? (await freePort()),
    { bare: options.bare ?? false, workersAi: options.workersAi },
  );
  await worker.start();
  return worker;
}

/** How a Worker is built: the product with everything, the others by their names. */
function buildOf(directory: string): string {
  const named = Object.entries(workers).find(([name, { build }]) => name !== "worker" && build === join(directory, "build"));
  return named ? `npm run build -- --${named[0]}` : "npm run build";
}

/** The Worker's process: can be killed as a power cut would and started again on the same storage and port. */
export class WorkerProcess {
  readonly persistDir: string;
  readonly port: number;
  readonly #directory: string;
  readonly #kind: Pick<Start, "bare" | "workersAi">;
  #vars: Record<string, string>;
  #group: ProcessGroup | undefined;
  #earlierLines: string[] = [];

  constructor(directory: string, vars: Record<string, string>, persistDir: string, port: number, kind: Pick<Start, "bare" | "workersAi">) {
    this.#directory = directory;
    this.#kind = kind;
    this.#vars = vars;
    this.persistDir = persistDir;
    this.port = port;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** The process that started workerd. */
  get pid(): number {
    if (this.#group?.pid === undefined) throw new Error("The Worker does not run");
    return this.#group.pid;
  }

  async start(): Promise<void> {
    if (this.#group?.alive) throw new Error("The Worker runs already");
    const options: Start = {
      directory: this.#directory,
      vars: this.#vars,
      persistDir: this.persistDir,
      port: this.port,
      ...this.#kind,
      project: projects.get(this.#directory),
    };
    const group = ProcessGroup.module("Worker", "./worker-process.ts", options);
    this.#group = group;
    const answer = (await group.message(30_000)) as Answer;
    if ("error" in answer) throw new Error(`The Worker did not start: ${answer.error}\n${group.output()}`);
    projects.set(this.#directory, answer.project);
  }

  /** SIGKILL to workerd and its parent at once. What is on disk stays. */
  async kill(): Promise<void> {
    if (!this.#group) return;
    await this.#group.kill();
    this.#earlierLines.push(...this.#group.lines);
    this.#group = undefined;
  }

  /** Lets it stand still while `body` runs: what is sent to it meanwhile is there all at once afterwards. */
  async frozen(body: () => Promise<unknown>): Promise<void> {
    this.#group?.signal("SIGSTOP");
    await body().finally(() => this.#group?.signal("SIGCONT"));
  }

  /** Kills it if it runs, then starts it on the same storage and port, with changed settings if given. */
  async restart(vars?: Record<string, string>): Promise<void> {
    await this.kill();
    if (vars) this.#vars = { ...this.#vars, ...vars };
    await this.start();
  }

  /** Everything the Worker logged, over all restarts, one line each. */
  get logs(): string[] {
    return [...this.#earlierLines, ...(this.#group?.lines ?? [])];
  }

  async stop(): Promise<void> {
    await this.kill();
  }
}
