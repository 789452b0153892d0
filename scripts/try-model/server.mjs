// llama.cpp's server: how it is started, and what its log says about the work it did.
import { inRoot } from "../lib/paths.mjs";

/**
 * What stands behind the Python interpreter.
 * @param {{ model: import("./models.mjs").Model, weights: string, port: number, threads: number, context: number, template?: string }} options
 * @returns {string[]}
 */
export function serverArguments({ model, weights, port, threads, context, template }) {
  const named = { weights, name: model.name, port, threads, context, ...(template === undefined ? {} : { template }) };
  return [inRoot("scripts/try-model/server.py"), ...Object.entries(named).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

/**
 * What the model did, from lines of the server's log.
 * @param {string[]} lines
 * @returns {{ requests: number, read: number, readMs: number, written: number, writtenMs: number }} Requests answered; tokens that were
 *   read anew (without those it still had) and written, and the milliseconds that took.
 */
export function workOf(lines) {
  const work = { requests: 0, read: 0, readMs: 0, written: 0, writtenMs: 0 };
  for (const line of lines) {
    const [, prompt, ms, tokens] = /(prompt )?eval time\s*=\s*([\d.]+) ms\s*\/\s*(\d+) tokens/.exec(line) ?? [];
    if (tokens === undefined) continue;
    if (prompt) {
      work.read += Number(tokens);
      work.readMs += Number(ms);
    } else {
      work.requests += 1;
      work.written += Number(tokens);
      work.writtenMs += Number(ms);
    }
  }
  return work;
}

/** The same in words. */
export function workInWords({ requests, read, readMs, written, writtenMs }) {
  const rate = (tokens, ms) => (ms > 0 ? `${((tokens * 1000) / ms).toFixed(1)}/s` : "-");
  return `${requests} requests; ${read} tokens read (${rate(read, readMs)}), ${written} written (${rate(written, writtenMs)})`;
}
