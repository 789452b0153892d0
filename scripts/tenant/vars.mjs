// The settings file: single settings are written into it, everything else in it stays as it is.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { toDotenv } from "../lib/settings.mjs";

/** Sets and (with undefined) removes settings. The file is replaced in one step, readable by its owner alone. */
export function writeSettings(file, changes) {
  let text = existsSync(file) ? readFileSync(file, "utf8") : "";
  for (const [name, value] of Object.entries(changes)) {
    const line = value === undefined ? "" : toDotenv({ [name]: value });
    // A value in quotes may go over several lines.
    const known = new RegExp(`^${name}=(?:'[^']*'|"[^"]*"|\`[^\`]*\`|[^\\n]*)[^\\n]*(?:\\n|$)`, "m");
    if (known.test(text)) text = text.replace(known, () => line);
    else if (line) text = `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}`;
  }
  const next = `${file}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, file);
}
