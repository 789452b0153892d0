import { fileURLToPath } from "node:url";
import { join } from "node:path";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A path inside the project. */
export const inRoot = (...parts: string[]): string => join(root, ...parts);
