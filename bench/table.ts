// How what was measured is printed.

/** Milliseconds, with as many digits as they are worth. */
export function fixed(value: number): string {
  return value.toFixed(value < 10 ? 3 : 1);
}

/** One line: a name, then cells. */
export function row(name: string, ...cells: string[]): string {
  return `${name.padEnd(14)}${cells.map((cell) => cell.padStart(12)).join("")}`;
}

/** Prints a line. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
