/** A text in three pieces, of which the middle one is marked. */
export interface Marked {
  before: string;
  marked: string;
  after: string;
}

/** Cuts a text at two places; what are no places in it mark nothing. */
export function mark(text: string, start: number, end: number): Marked {
  if (!(start >= 0 && start < end && end <= text.length)) return { before: text, marked: "", after: "" };
  return { before: text.slice(0, start), marked: text.slice(start, end), after: text.slice(end) };
}

/** The end of a long text, from the beginning of a line; and whether something was left out. */
export function lastPart(text: string, most: number): { part: string; cut: boolean } {
  if (text.length <= most) return { part: text, cut: false };
  const line = text.indexOf("\n", text.length - most);
  return { part: text.slice(line < 0 ? text.length - most : line + 1), cut: true };
}

/** The beginning of a long text, up to the end of a line; and whether something was left out. */
export function firstPart(text: string, most: number): { part: string; cut: boolean } {
  if (text.length <= most) return { part: text, cut: false };
  const line = text.lastIndexOf("\n", most);
  return { part: text.slice(0, line <= 0 ? most : line), cut: true };
}
