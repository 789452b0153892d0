// Ports: which are taken, and who moves them.
import { createServer } from "node:net";
import { Problem } from "./log.mjs";

/** True when nothing listens on the port of this machine's loopback addresses. */
export async function isFree(port) {
  for (const host of ["127.0.0.1", "::1"]) {
    if ((await tryListen(port, host)) === "EADDRINUSE") return false;
  }
  return true;
}

/** Throws a Problem that names each taken port and the setting that moves it. */
export async function refuseTaken(ports) {
  const names = Object.keys(ports);
  const taken = [];
  for (const name of names) if (!(await isFree(ports[name]))) taken.push(name);
  const values = Object.values(ports);
  const doubled = names.filter((name, index) => values.indexOf(ports[name]) !== index);
  if (doubled.length > 0) throw new Problem(`Two services would share port ${ports[doubled[0]]}`, `Set ${doubled[0]} to another port`);
  if (taken.length === 0) return;
  const what = taken.map((name) => `Port ${ports[name]} is in use`).join("; ");
  throw new Problem(what, taken.map((name) => `Stop the program that listens there, or set ${name}: ${name}=${ports[name] + 100} npm start`).join("\n"));
}

/** A free port of the system's choice. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function tryListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (error) => resolve(error.code));
    server.listen(port, host, () => server.close(() => resolve("free")));
  });
}
