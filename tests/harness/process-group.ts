import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A child with everything it starts: one process group, killed at once, and gone when the test process is gone. */
export class ProcessGroup {
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #child: ChildProcess;
  #alive = true;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream?.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop() ?? "";
        this.lines.push(...parts);
      });
    }
    child.once("exit", () => {
      this.#alive = false;
    });
    running.add(this);
  }

  /** Runs a TypeScript module of the harness in a group of its own; it gets `message` over IPC. */
  static module(name: string, module: string, message: unknown): ProcessGroup {
    const file = fileURLToPath(new URL(module, import.meta.url));
    const child = fork(file, [], { detached: true, silent: true, execArgv: ["--disable-warning=ExperimentalWarning"] });
    const group = new ProcessGroup(name, child);
    child.send(message as object);
    return group;
  }

  /** Runs a program in a group of its own; with `env`, that is all of its environment. */
  static program(name: string, command: string, args: string[], env?: Record<string, string>): ProcessGroup {
    return ProcessGroup.module(name, "./supervised-program.ts", { command, args, env });
  }

  /** Its leader's. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The next IPC message, or an error with the last output when the group ends or `timeout` ms pass first. */
  async message(timeout: number): Promise<unknown> {
    const ended = once(this.#child, "exit").then(() => {
      throw new Error(`${this.#name} ended early:\n${this.output()}`);
    });
    ended.catch(() => undefined);
    const arrived = once(this.#child, "message").then(([message]) => message as unknown);
    return await withTimeout(Promise.race([arrived, ended]), timeout, () => `${this.#name} said nothing:\n${this.output()}`);
  }

  /** Waits until `check` holds; fails when the group ends or `timeout` ms pass first. */
  async until(check: () => boolean | Promise<boolean>, timeout: number): Promise<void> {
    const deadline = Date.now() + timeout;
    while (!(await check())) {
      if (!this.#alive) throw new Error(`${this.#name} ended early:\n${this.output()}`);
      if (Date.now() > deadline) throw new Error(`${this.#name} is not ready after ${timeout} ms:\n${this.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** SIGKILL for all of the group; returns when its leader is gone. */
  async kill(): Promise<void> {
    const gone = this.#alive ? once(this.#child, "exit") : Promise.resolve();
    this.killNow();
    await gone;
    running.delete(this);
  }

  killNow(): void {
    this.signal("SIGKILL");
  }

  /** A signal for all of the group, if any of it is left. */
  signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // All of the group is gone.
    }
  }

  /** The last lines it printed. */
  output(): string {
    return this.lines.slice(-40).join("\n");
  }
}

const running = new Set<ProcessGroup>();

process.on("exit", () => {
  for (const group of running) group.killNow();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(1));
}

async function withTimeout<T>(promise: Promise<T>, timeout: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message()} (${timeout} ms)`)), timeout);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
