import { moment } from "./time";
import { spelledOut, toolTitle } from "./tools";

/** A tool call in one line: what, and with which arguments. */
export function callInWords(name: string, input: unknown): string {
  const given = typeof input === "object" && input !== null ? valueInWords(input) : "";
  return given === "" ? toolTitle(name) : `${toolTitle(name)}, ${given}`;
}

/** An argument's value for people: a date as a date, an object as its members, anything else as it is. */
export function valueInWords(value: unknown): string {
  if (typeof value === "string") return (DATE_TIME.test(value) && moment(value)) || value;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.map(valueInWords).join(", ");
  return Object.entries(value)
    .map(([name, member]) => `${spelledOut(name)}: ${valueInWords(member)}`)
    .join(", ");
}

/** RFC 3339 with an offset: only such a text is one moment everywhere. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
