// The options of `npm run try:model`.
import { Problem } from "../lib/log.mjs";
import { modelOf } from "./models.mjs";
import { sentences } from "./sentences.mjs";

/**
 * What the command line's words mean.
 * @param {{ model?: string, threads?: string, limit?: string, times?: string, only?: string, profile?: string, keep?: boolean }} given
 */
export function readOptions({ model = "default", threads = "1", limit = "600", times = "1", only, profile = "small", keep = false }) {
  const names = sentences.map(({ name }) => name);
  if (only !== undefined && !names.includes(only)) throw new Problem(`There is no sentence called ${only}`, `--only ${names.join(" or --only ")}`);
  return {
    model: modelOf(model),
    threads: count("threads", threads, 256),
    limit: count("limit", limit, 3600),
    times: count("times", times, 1000),
    only,
    profile,
    keep,
  };
}

function count(name, text, most) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new Problem(`--${name} is no number from 1 to ${most}: ${text}`, `Such as: npm run try:model -- --${name} 1`);
}
