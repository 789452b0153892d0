// The children of a script: each in its own process group, so that what it starts itself is stopped with it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Problem, say } from "./log.mjs";

const grace = 3_000;

/** Long-running children: starts them, notices when one dies, stops them all. */
export class Children {
  #groups = new Groups();
  #stopping = false;
  #failed;

  /** Rejects with a Problem as soon as a child ends without being told to. */
  failure = new Promise((_, reject) => {
    this.#failed = reject;
  });

  constructor() {
    // Somebody may look only later; until then a rejection is not unhandled.
    this.failure.catch(() => {});
  }

  /** Starts a program; its lines are printed with its name before them, if `show` lets them through. */
  start(name, command, args, { env = process.env, cwd, show = () => true } = {}) {
    const child = this.#groups.start(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => show(line) && say(`[${name}] ${line}`));
    }
    child.on("error", (error) => this.#failed(new Problem(`${name} could not be started: ${error.message}`)));
    child.on("exit", (code, signal) => {
      if (!this.#stopping) this.#failed(new Problem(`${name} ended by itself (${signal ?? `exit code ${code}`})`, "Its last lines above say why"));
    });
    return child;
  }

  async stop() {
    this.#stopping = true;
    await this.#groups.stop();
  }
}

/** Children in process groups of their own; none outlives this process when that ends by itself. */
export class Groups {
  #running = new Set();

  constructor() {
    process.on("exit", () => this.#signalAll("SIGKILL"));
  }

  /** As `spawn` of node:child_process, in a group of its own. */
  start(command, args, options) {
    const child = spawn(command, args, { ...options, detached: true });
    this.#running.add(child);
    child.on("error", () => child.pid === undefined && this.#running.delete(child));
    child.on("exit", () => {
      // What it left behind goes with it.
      signal(child, "SIGKILL");
      this.#running.delete(child);
    });
    return child;
  }

  /** SIGTERM to every group; SIGKILL to what is left after the grace (workerd waits for open sockets). */
  async stop() {
    this.#signalAll("SIGTERM");
    const deadline = Date.now() + grace;
    while (this.#running.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    this.#signalAll("SIGKILL");
  }

  #signalAll(name) {
    for (const child of this.#running) signal(child, name);
  }
}

function signal({ pid }, name) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // The whole group is gone already.
  }
}

/** When this process is told to end, `stop()` is awaited first; then it ends as the signal would have ended it. */
export function stopOnSignal(stop) {
  for (const [name, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
    process.on(name, () => void stop().then(() => process.exit(128 + number)));
  }
}

/** Asks a URL until it answers 200; a Problem after the timeout or when `failure` rejects first. */
export async function waitForUrl(url, { timeout = 60_000, failure = new Promise(() => {}) } = {}) {
  const deadline = Date.now() + timeout;
  const ask = async () => {
    while (Date.now() < deadline) {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    throw new Problem(`${url} did not answer within ${timeout / 1000} s`);
  };
  await Promise.race([ask(), failure]);
}
