// What the scripts say, and the one way they fail.

/** A failure that names its cause and what to do about it; the scripts print it and exit 1. */
export class Problem extends Error {
  constructor(what, remedy) {
    super(what);
    this.name = "Problem";
    this.remedy = remedy;
  }
}

export const say = (text = "") => process.stdout.write(`${text}\n`);
export const step = (text) => say(`• ${text}`);
export const done = (text) => say(`✓ ${text}`);
export const warn = (text) => process.stderr.write(`! ${text}\n`);

/** Seconds since `start` (a `Date.now()`), for people. */
export const seconds = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;

export function printProblem(error) {
  if (error instanceof Problem) {
    process.stderr.write(`\n✗ ${error.message}\n`);
    if (error.remedy) process.stderr.write(`  → ${error.remedy.replaceAll("\n", "\n    ")}\n`);
  } else {
    process.stderr.write(`\n✗ ${error?.stack ?? error}\n`);
  }
}

/** Runs a script's body and turns any failure into a message and exit code 1. */
export async function main(body) {
  try {
    const code = await body();
    process.exitCode = typeof code === "number" ? code : 0;
  } catch (error) {
    printProblem(error);
    process.exitCode = 1;
  }
}

/** True when the script file itself was started, false when it was imported. */
export function isMain(meta) {
  const started = process.argv[1];
  return started !== undefined && meta.url === new URL(`file://${started}`).href;
}
