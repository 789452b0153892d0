// The workerd that Miniflare starts.
import { createRequire } from "node:module";

const require = createRequire(createRequire(import.meta.url).resolve("miniflare"));
const { default: program, version } = require("workerd") as { default: string; version: string };

export const workerd = { program, version };
