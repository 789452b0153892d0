// `node scripts/complete-lock.mjs DIRECTORY`: run it after `npm install` changed a lock file where a registry does not
// carry every platform's binary packages. npm then leaves those out of the lock file, and `npm ci` refuses it everywhere.
// The missing entries follow from the package that wants them: name, exact version, platform.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMain, main, say } from "./lib/log.mjs";

const systems = {
  darwin: "darwin",
  linux: "linux",
  windows: "win32",
  win32: "win32",
  freebsd: "freebsd",
  openbsd: "openbsd",
  netbsd: "netbsd",
  android: "android",
  openharmony: "openharmony",
  aix: "aix",
  sunos: "sunos",
};
const processors = {
  64: "x64",
  x64: "x64",
  arm64: "arm64",
  arm: "arm",
  ia32: "ia32",
  ppc64: "ppc64",
  s390x: "s390x",
  riscv64: "riscv64",
  loong64: "loong64",
  wasm32: "wasm32",
};

/** Adds the entries that are missing to a parsed lock file; returns their paths. */
export function completeLock(lock) {
  const added = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!/^\d+\.\d+\.\d+[-\w.]*$/.test(version) || resolve(lock, path, name)?.version === version) continue;
      const platform = platformOf(name);
      if (!platform) continue;
      const beside = path.replace(/node_modules\/(@[^/]+\/)?[^/]+$/, `node_modules/${name}`);
      const place = lock.packages[beside] ? `${path}/node_modules/${name}` : beside;
      lock.packages[place] = { version, ...platform, ...(entry.dev ? { dev: true } : {}), optional: true };
      added.push(place);
    }
  }
  const { "": top, ...rest } = lock.packages;
  lock.packages = { "": top, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) };
  return added;
}

/** The entry Node would find for `name` required from the package at `path`. */
function resolve(lock, path, name) {
  for (let directory = path; ; directory = directory.replace(/\/?node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    const found = lock.packages[`${directory ? `${directory}/` : ""}node_modules/${name}`];
    if (found || directory === "") return found;
  }
}

function platformOf(name) {
  const words = name.split("/").at(-1).replace("arm-eabi", "arm").replace("gnueabihf", "gnu").split("-");
  const os = words.map((word) => systems[word]).find(Boolean);
  const cpu = words.map((word) => processors[word]).find(Boolean);
  if (cpu === "wasm32") return { cpu: [cpu] };
  return os && cpu ? { cpu: [cpu], os: [os], ...(words.includes("musl") ? { libc: ["musl"] } : {}) } : undefined;
}

if (isMain(import.meta)) {
  await main(() => {
    const file = join(process.argv[2] ?? ".", "package-lock.json");
    const lock = JSON.parse(readFileSync(file, "utf8"));
    const added = completeLock(lock);
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    say(added.length > 0 ? `${file}: added ${added.join(", ")}` : `${file}: complete`);
  });
}
