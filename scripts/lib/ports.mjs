// Ports: which are taken, who moves them, and free ones.
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
  throw new Problem(
    what,
    taken.map((name) => `Stop the program that listens there, or set ${name}: ${name}=${ports[name] + 100} npm start`).join("\n"),
  );
}

// Below the range from which systems take the ports of outgoing connections: none of those can take a port between
// its choice and its use, nor while the program that has it is started anew.
const firstBlock = 24_000;
const blockSize = 20;
const blocks = 400;
let block = { next: 0, end: 0 };

/**
 * Ports that nothing listens on. They stay this process's own as long as it lives: no other that asks here is given
 * one of them.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const found = [];
  while (found.length < count) {
    if (block.next === block.end) block = await claimBlock();
    const port = block.next;
    block.next += 1;
    if (await isFree(port)) found.push(port);
  }
  return found;
}

/**
 * One such port.
 * @returns {Promise<number>}
 */
export async function freePort() {
  const [port] = await freePorts(1);
  return port;
}

/** Listening on the first port of a block makes the others ours; the system gives them back when the process ends. */
async function claimBlock() {
  const start = Math.floor(Math.random() * blocks);
  for (let tried = 0; tried < blocks; tried += 1) {
    const first = firstBlock + ((start + tried) % blocks) * blockSize;
    if (await keepListening(first)) return { next: first + 1, end: first + blockSize };
  }
  throw new Problem(`No block of ports is free between ${firstBlock} and ${firstBlock + blocks * blockSize}`, "Stop programs that listen there");
}

function keepListening(port) {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
}

function tryListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (error) => resolve(error.code));
    server.listen(port, host, () => server.close(() => resolve("free")));
  });
}
