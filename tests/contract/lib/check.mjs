// A list of checks, each run once, with what went wrong.

/** Collects checks under the name of the software that does the checking. */
export class Checks {
  #checks = [];

  /** `body` gets a fresh state of the world. */
  add(software, name, body) {
    this.#checks.push({ software, name, body });
  }

  /** Runs all of them, `before` each; prints the list and gives the number of failures. */
  async run(before, only = []) {
    const failures = [];
    const counts = new Map();
    const chosen = this.#checks.filter(({ software, name }) => only.length === 0 || only.some((word) => `${software} ${name}`.includes(word)));
    for (const { software, name, body } of chosen) {
      const count = counts.get(software) ?? { passed: 0, failed: 0 };
      counts.set(software, count);
      try {
        await before(software);
        await withDeadline(body(), 30_000);
        count.passed += 1;
        process.stdout.write(`ok    ${software}: ${name}\n`);
      } catch (error) {
        count.failed += 1;
        failures.push(`${software}: ${name}`);
        process.stdout.write(`FAIL  ${software}: ${name}\n${indent(describe(error))}\n`);
      }
    }
    process.stdout.write("\n");
    for (const [software, { passed, failed }] of counts)
      process.stdout.write(`${software.padEnd(28)} ${String(passed).padStart(3)} passed, ${failed} failed\n`);
    process.stdout.write(`${chosen.length - failures.length} passed, ${failures.length} failed\n`);
    return failures.length;
  }
}

async function withDeadline(promise, milliseconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause ? `\ncaused by ${error.cause instanceof Error ? describe(error.cause) : JSON.stringify(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

function indent(text) {
  return text.replaceAll(/^/gm, "      ");
}
