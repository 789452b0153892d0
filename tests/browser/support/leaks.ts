import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A secret that must not be found, under a name that may be printed. */
export interface Needle {
  name: string;
  value: string;
}

/** A place to look in: a file, a log, a socket. */
export interface Haystack {
  name: string;
  bytes: Buffer;
}

/** Every file below a directory with all its bytes: databases with their write-ahead logs, blobs, free pages too. */
export function filesBelow(directory: string): Haystack[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: path.slice(directory.length + 1), bytes: readFileSync(path) }));
}

/** Where which secret stands, in plain or in one of the ways it could have been written down; empty when none does. */
export function findLeaks(needles: Needle[], haystacks: Haystack[]): string[] {
  const written = needles.map((needle) => ({ name: needle.name, forms: waysToWrite(needle.value) }));
  return haystacks.flatMap(({ name: place, bytes }) => {
    const texts = [bytes, ...decoded(bytes)];
    return written.flatMap(({ name, forms }) =>
      Object.entries(forms).flatMap(([how, form]) => (texts.some((text) => text.includes(form)) ? [`${name} (${how}) in ${place}`] : [])),
    );
  });
}

/** A secret as text, parts of a JWT, UTF-16, hexadecimal, percent-encoded, and inside base64 at each of its three alignments. */
function waysToWrite(value: string): Record<string, Buffer> {
  const forms: Record<string, Buffer> = {
    plain: Buffer.from(value),
    "UTF-16": Buffer.from(value, "utf16le"),
    hex: Buffer.from(Buffer.from(value).toString("hex")),
    "percent-encoded": Buffer.from(encodeURIComponent(value)),
  };
  const parts = value.split(".");
  if (parts.length === 3) {
    const [, claims = "", signature = ""] = parts;
    Object.assign(forms, { claims: Buffer.from(claims), signature: Buffer.from(signature), "signature bytes": Buffer.from(signature, "base64url") });
  }
  for (const lead of [0, 1, 2]) {
    // What stands before and after shifts the alphabet and colours the first and last characters: those are cut.
    const text = Buffer.concat([Buffer.alloc(lead), Buffer.from(value)])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(lead === 0 ? 0 : lead + 1, -2);
    forms[`base64 at ${lead}`] = Buffer.from(text);
    forms[`base64url at ${lead}`] = Buffer.from(text.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}

/** What a text says once percent-encoding is undone, and once each long run of base64 is decoded. */
function decoded(bytes: Buffer): Buffer[] {
  const text = bytes.toString("latin1");
  const percent = text.includes("%")
    ? [
        Buffer.from(
          text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          "latin1",
        ),
      ]
    : [];
  const runs = [...text.matchAll(/[A-Za-z0-9+/_-]{24,}/g)].map(([run]) => Buffer.concat([Buffer.from(run, "base64"), Buffer.from("\n")]));
  return [...percent, Buffer.concat(runs)];
}
