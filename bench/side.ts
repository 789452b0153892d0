// One of the Workers that are measured: running, with a user who is logged in, and what its workerd used.
import { randomBytes } from "node:crypto";
import { startDeputy, type Deputy, type HttpClient } from "../tests/harness/index.ts";
import { cpuMilliseconds, descendant } from "./cpu.ts";
import { residentMegabytes, storedMegabytes } from "./memory.ts";
import type { Operation, Prepared } from "./operation.ts";
import { median } from "./statistics.ts";

/** What one batch of an operation took. */
export interface Measured {
  /** Milliseconds of workerd's CPU for each operation. */
  cpu: number;
  /** Milliseconds from its begin to its end, or to what is felt of it, median. */
  wall: number;
  /** The same, each. */
  walls: number[];
}

/** A Worker that serves a user of its own offline world. */
export class Side {
  readonly client: HttpClient;
  /** The Worker and the offline world that it uses. */
  readonly deputy: Deputy;
  readonly #workerd: number;

  private constructor(deputy: Deputy, client: HttpClient) {
    this.client = client;
    this.deputy = deputy;
    this.#workerd = descendant(deputy.worker.pid, "workerd");
  }

  /** Starts the Worker that is built in `directory`: Deputy, or another with the same routes and a form at `/auth/login`. */
  static async start(directory: string): Promise<Side> {
    const limits = ["LIMIT_CHATS", "LIMIT_CHATS_PER_DAY", "LIMIT_TOKENS_PER_DAY", "LIMIT_TOOL_CALLS_PER_DAY"];
    const vars = { ...Object.fromEntries(limits.map((limit) => [limit, "1000000000"])), SESSION_SECRET: randomBytes(32).toString("base64") };
    const deputy = await startDeputy({ directory, bare: true, vars });
    return new Side(deputy, await deputy.login());
  }

  /** Runs one batch of an operation, one after the other. */
  async measure({ prepare, times }: Operation): Promise<Measured> {
    const prepared: Prepared = await prepare(this.client, this.deputy);
    const walls: number[] = [];
    const before = cpuMilliseconds(this.#workerd);
    for (let done = 0; done < times; done += 1) {
      const start = performance.now();
      const felt = await prepared.once();
      walls.push(felt ?? performance.now() - start);
    }
    await prepared.settle?.();
    const used = cpuMilliseconds(this.#workerd) - before;
    await prepared.end?.();
    return { cpu: used / times, wall: median(walls), walls };
  }

  /** What workerd holds in memory, and what is stored on the disk, in megabytes. */
  weight(): { memory: number; stored: number } {
    return { memory: residentMegabytes(this.#workerd), stored: storedMegabytes(this.deputy.worker.persistDir) };
  }

  async stop(): Promise<void> {
    await this.deputy.stop();
  }
}
