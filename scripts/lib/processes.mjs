// The long-running children of a script: each in its own process group, all stopped together.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Problem, say } from "./log.mjs";

const grace = 3_000;

/** Starts children, notices when one dies, stops them all. */
export class Children {
  #children = [];
  #stopping = false;
  #failed;

  /** Rejects with a Problem as soon as a child ends without being told to. */
  failure = new Promise((_, reject) => {
    this.#failed = reject;
  });

  constructor() {
    // Somebody may look only later; until then a rejection is not unhandled.
    this.failure.catch(() => {});
    process.on("exit", () => this.#signalAll("SIGKILL"));
  }

  /** Starts a program; its lines are printed with its name before them, if `show` lets them through. */
  start(name, command, args, { env = process.env, cwd, show = () => true } = {}) {
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#children.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => show(line) && say(`[${name}] ${line}`));
    }
    child.on("error", (error) => this.#failed(new Problem(`${name} could not be started: ${error.message}`)));
    child.on("exit", (code, signal) => {
      child.ended = true;
      if (!this.#stopping) this.#failed(new Problem(`${name} ended by itself (${signal ?? `exit code ${code}`})`, "Its last lines above say why"));
    });
    return child;
  }

  /** SIGTERM to every group; SIGKILL to what is left after the grace (workerd waits for open sockets). */
  async stop() {
    this.#stopping = true;
    this.#signalAll("SIGTERM");
    const deadline = Date.now() + grace;
    while (this.#children.some((child) => !child.ended) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    this.#signalAll("SIGKILL");
  }

  #signalAll(signal) {
    for (const { pid } of this.#children) {
      if (pid === undefined) continue;
      try {
        process.kill(-pid, signal);
      } catch {
        // The whole group is gone already.
      }
    }
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
