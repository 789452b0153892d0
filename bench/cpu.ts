// CPU time of a process, in milliseconds.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/**
 * User and system time that a process has used. Linux tells each thread's in nanoseconds; elsewhere `ps` tells the process's in
 * hundredths of a second, so that there a batch of operations has to take long to be measured well.
 */
export function cpuMilliseconds(pid: number): number {
  return process.platform === "linux" ? (threadTimes(pid) ?? processTime(pid)) : processTime(pid);
}

/** The process that runs this program among the descendants of `ancestor`. */
export function descendant(ancestor: number, program: string): number {
  const processes = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid, parent, name = ""]) => ({ pid: Number(pid), parent: Number(parent), name: name.trim() }));
  const family = new Set([ancestor]);
  // A child may be listed before its parent.
  for (let known = 0; known !== family.size;) {
    known = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  const found = processes.find(({ pid, name }) => family.has(pid) && (name === program || name.endsWith(`/${program}`)));
  if (!found) throw new Error(`no ${program} among the descendants of process ${ancestor}`);
  return found.pid;
}

/** Sum over the threads that are there; workerd keeps its own as long as it lives. Undefined where the kernel does not count. */
function threadTimes(pid: number): number | undefined {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readIfThere(`/proc/${pid}/task/${thread}/schedstat`);
    if (text === undefined) return undefined;
    nanoseconds += Number(text.split(" ")[0]);
  }
  return nanoseconds / 1e6;
}

function processTime(pid: number): number {
  const text = execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }).trim();
  const [days, clock = text] = text.includes("-") ? text.split("-") : ["0"];
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
