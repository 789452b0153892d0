// The parts of a set-up and a build: side by side where none needs the other, with the time that each took.
import { AsyncLocalStorage } from "node:async_hooks";
import { say, seconds, step } from "./log.mjs";

/** What `run` of run.mjs finds when it is called inside of a part. */
const current = new AsyncLocalStorage();

/** `{ signal, onOutput }` of the part in which this is called; undefined outside of one. */
export const currentPart = () => current.getStore();

/** Begins parts and times them. A part that fails ends the programs of all others. */
export class Parts {
  #begin = Date.now();
  #times = [];
  #running = new Map();
  #abort = new AbortController();
  #patience;

  /**
   * After `patience` milliseconds, and again and again, it says what is running.
   * @param {{ patience?: number }} [options]
   */
  constructor({ patience = 20_000 } = {}) {
    this.#patience = patience;
  }

  /**
   * Begins a part at once; one that needs others is begun when those are done. What its programs print is shown only if it fails:
   * lines of several at once would tell nobody anything. With `shown` they print, and ask, as if there were no part.
   * @template T
   * @param {string} name
   * @param {() => T | Promise<T>} body
   * @param {{ shown?: boolean }} [options]
   * @returns {Promise<Awaited<T>>}
   */
  run(name, body, { shown = false } = {}) {
    const result = this.#run(name, body, shown);
    // Whoever waits for it may come to that only after others.
    result.catch(() => {});
    return result;
  }

  /** Prints what took how long, in the order in which it began; nothing where nothing took a second. */
  sayTimes() {
    const long = this.#times.filter(({ start, end }) => end - start >= 1_000).sort((a, b) => a.start - b.start);
    if (long.length === 0) return;
    const width = Math.max(...long.map(({ name }) => name.length));
    const whole = (milliseconds) => `${Math.round(milliseconds / 1000)} s`.padStart(7);
    say(`\n  ${"part".padEnd(width)}${"took".padStart(7)}${"from".padStart(7)}${"to".padStart(7)}`);
    for (const { name, start, end } of long)
      say(`  ${name.padEnd(width)}${whole(end - start)}${whole(start - this.#begin)}${whole(end - this.#begin)}`);
  }

  async #run(name, body, shown) {
    const start = Date.now();
    const output = [];
    this.#running.set(name, start);
    const reminder = setInterval(() => this.#remind(name), this.#patience).unref();
    try {
      const inside = { signal: this.#abort.signal, onOutput: (chunk) => output.push(chunk) };
      return await current.run(shown ? undefined : inside, body);
    } catch (error) {
      // Only the first failure is one: the others were ended because of it.
      if (!this.#abort.signal.aborted && output.length > 0) process.stderr.write(`\n── ${name}\n${Buffer.concat(output)}`);
      this.#abort.abort();
      throw error;
    } finally {
      clearInterval(reminder);
      this.#running.delete(name);
      this.#times.push({ name, start, end: Date.now() });
    }
  }

  /** The part that runs longest speaks for all. */
  #remind(name) {
    const [oldest] = this.#running.keys();
    if (name !== oldest) return;
    step(`still running: ${[...this.#running].map(([running, start]) => `${running} (${seconds(start)})`).join(", ")}`);
  }
}
