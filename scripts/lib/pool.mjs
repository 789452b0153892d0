// Steps that run several at a time, and what each prints in one piece.
import { Problem, seconds } from "./log.mjs";
import { root } from "./paths.mjs";
import { Groups } from "./processes.mjs";

/**
 * Runs steps `{ name, commands }`. A command is `[program, arguments, { cwd, env, remedy }]`; a step's commands run one after the
 * other, until one ends with something else than 0.
 */
export class Pool {
  #groups = new Groups();
  #running = new Set();
  #stopped = false;
  #print;
  #patience;

  /**
   * `print` takes what is to be read. After `patience` milliseconds in which no step ended it is told which ones run.
   * @param {{ print?: (text: string) => void, patience?: number }} [options]
   */
  constructor({ print = (text) => process.stdout.write(text), patience = 30_000 } = {}) {
    this.#print = print;
    this.#patience = patience;
  }

  /**
   * Begins the steps in their order, at most `width` at a time; goes on after a failure. Of steps side by side the output is
   * printed when they end. The results are in the order of the steps.
   * @returns {Promise<{ name: string, time: string, passed: boolean }[]>}
   */
  async run(steps, width) {
    const results = [];
    const isAlone = Math.min(width, steps.length) === 1;
    const queue = steps.entries();
    const slot = async () => {
      for (const [index, step] of queue) {
        if (this.#stopped) return;
        results[index] = await (isAlone ? this.#shown(step) : this.#kept(step));
        reminder.refresh();
      }
    };
    const reminder = setInterval(() => isAlone || this.#print(`… ${[...this.#running].join(", ")}\n`), this.#patience);
    await Promise.all(Array.from({ length: width }, slot));
    clearInterval(reminder);
    if (this.#stopped) await new Promise(() => {});
    return results;
  }

  /** Ends what runs and begins nothing more. The run has no results: it does not return. */
  async stop() {
    this.#stopped = true;
    await this.#groups.stop();
  }

  async #shown(step) {
    this.#print(heading(step));
    const { text, ...result } = await this.#result(step, "inherit");
    if (!this.#stopped) this.#print(text);
    return result;
  }

  async #kept(step) {
    this.#running.add(step.name);
    const output = [];
    const { text, ...result } = await this.#result(step, "pipe", (chunk) => output.push(chunk));
    this.#running.delete(step.name);
    if (!this.#stopped) this.#print(`${heading(step)}${Buffer.concat(output)}${text}`);
    return result;
  }

  async #result({ name, commands }, stdio, onOutput) {
    const start = Date.now();
    let problem;
    for (const command of commands) problem ??= await this.#end(command, stdio, onOutput);
    const text = problem ? `\n✗ ${problem.message}\n${problem.remedy ? `  → ${problem.remedy}\n` : ""}` : "";
    return { name, time: seconds(start), passed: problem === undefined, text };
  }

  /** Runs a command to its end; the Problem when it is not a good one. */
  #end([program, args, { cwd = root, env = process.env, remedy } = {}], stdio, onOutput) {
    const named = [program, ...args].join(" ");
    return new Promise((resolve) => {
      const child = this.#groups.start(program, args, { cwd, env, stdio: ["ignore", stdio, stdio] });
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", onOutput);
      child.on("error", (error) => resolve(new Problem(`${named}: could not be started (${error.code ?? error.message})`, remedy)));
      child.on("close", (code, signal) =>
        resolve(code === 0 ? undefined : new Problem(`${named}: ended with ${signal ?? `exit code ${code}`}`, remedy)),
      );
    });
  }
}

const heading = ({ name }) => `\n── ${name} ${"─".repeat(Math.max(0, 70 - name.length))}\n`;
