// A long run: chats are made, turns are taken in them, sockets are opened and closed; after each part of it, what workerd holds in memory.
// Ends with 1 when memory grew on and on. `soak.ts DIRECTORY [--chats N] [--turns N] [--connects N] [--sockets N]`.
import { once } from "node:events";
import { readArguments } from "../scripts/lib/arguments.mjs";
import { main } from "../scripts/lib/log.mjs";
import { ask, identified, newChat, socketOf } from "./chat.ts";
import { Side } from "./side.ts";
import { isBounded, slope, type Weighed } from "./soak-verdict.ts";

const count = { type: "string" } as const;
/** How often memory is looked at in each part of the run. */
const looks = 20;

class Soak {
  readonly #side: Side;
  readonly #width: number;

  constructor(side: Side, width: number) {
    this.#side = side;
    this.#width = width;
  }

  /** Does something so many times, several at a time, and says what workerd weighs meanwhile; whether its memory stays within bounds. */
  async part(name: string, times: number, once: (done: number) => Promise<void>): Promise<boolean> {
    console.log(`\n${name.padEnd(10)} ${"seconds".padStart(8)} ${"memory".padStart(10)} ${"stored".padStart(10)}`);
    const begin = performance.now();
    const weighed: Weighed[] = [];
    let [next, finished] = [0, 0];
    const worker = async () => {
      while (next < times) {
        await once(next++);
        finished += 1;
        if (finished % Math.ceil(times / looks) === 0 || finished === times) weighed.push(this.#look(finished, begin));
      }
    };
    await Promise.all(Array.from({ length: this.#width }, worker));
    const grown = slope(weighed) * 1000;
    const bounded = isBounded(weighed);
    console.log(`${grown.toFixed(2)} MB for each 1,000 ${name} in the second half: ${bounded ? "bounded" : "growing"}`);
    return bounded;
  }

  #look(done: number, begin: number): Weighed {
    const { memory, stored } = this.#side.weight();
    const cells = [((performance.now() - begin) / 1000).toFixed(0), `${memory.toFixed(1)} MB`, `${stored.toFixed(1)} MB`];
    console.log([String(done).padEnd(10), cells[0]?.padStart(8), cells[1]?.padStart(10), cells[2]?.padStart(10)].join(" "));
    return { done, memory };
  }
}

/** A message and its answer, over a socket of its own: a chat that is looked at, not one that is kept open. */
async function turn(side: Side, ids: string[], done: number): Promise<void> {
  const socket = socketOf(side.client, idOf(ids, done));
  await once(socket, "open");
  await ask(socket, `soak-${done}`);
  socket.terminate();
}

async function connect(side: Side, id: string): Promise<void> {
  const socket = socketOf(side.client, id);
  await identified(socket);
  socket.terminate();
}

/** The chats one after the other; two that run side by side are never in the same one. */
function idOf(ids: string[], done: number): string {
  const id = ids[done % ids.length];
  if (id === undefined) throw new Error("there is no chat: --chats must be 1 or more");
  return id;
}

async function soak(): Promise<number> {
  const options = { chats: count, turns: count, connects: count, sockets: count };
  const { values, positionals } = readArguments(options);
  const number = (name: keyof typeof options, otherwise: number) => Number(values[name] ?? otherwise);
  const side = await Side.start(positionals[0] ?? ".");
  const ids: string[] = [];
  try {
    const before = side.weight();
    const run = new Soak(side, number("sockets", 10));
    await run.part("chats", number("chats", 1_000), async () => void ids.push(await newChat(side.client)));
    const made = side.weight();
    const bounded = [
      await run.part("turns", number("turns", 30_000), async (done) => await turn(side, ids, done)),
      await run.part("connects", number("connects", 20_000), async (done) => await connect(side, idOf(ids, done))),
    ];
    const after = side.weight();
    const each = (from: number, to: number) => `${(((to - from) * 1024) / ids.length).toFixed(1)} KB`;
    console.log(`\n${ids.length} chats, for each: ${each(before.memory, made.memory)} of memory when new,`);
    console.log(`${each(before.stored, made.stored)} stored when new, ${each(before.stored, after.stored)} in the end`);
    return bounded.every(Boolean) ? 0 : 1;
  } finally {
    await side.stop();
  }
}

await main(soak);
