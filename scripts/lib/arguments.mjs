// What stands behind a command.
import { parseArgs } from "node:util";
import { Problem } from "./log.mjs";

/** An option without a value, for `readArguments`. */
export const flag = { type: "boolean" };

/**
 * Options and words of the command line; a Problem for an option that the command does not have.
 * @param {NonNullable<import("node:util").ParseArgsConfig["options"]>} options
 */
export function readArguments(options = {}) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new Problem(error.message, known.length > 0 ? `Options: ${known.join(", ")}` : "It has no options");
  }
}
