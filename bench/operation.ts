import type { Deputy, HttpClient } from "../tests/harness/index.ts";

/** What Deputy is measured by: `bench/baseline`. */
export type Baseline = "agent" | "floor" | "mcp";

/** Something a user feels, done again and again. */
export interface Operation {
  /** In the table. */
  name: string;
  /** How often in one batch: so often that the clock of the CPU is precise enough. */
  times: number;
  /** The baselines that can do it. */
  beside: readonly Baseline[];
  /** Makes ready what is not part of it, for a client who is logged in. */
  prepare(client: HttpClient, deputy: Deputy): Promise<Prepared>;
}

export interface Prepared {
  /** The operation itself; milliseconds to what is felt of it, where that is not its end. */
  once(): Promise<number | void>;
  /** Waits for what it left running; still counted. */
  settle?(): Promise<void>;
  /** Clears up; not counted. */
  end?(): Promise<void>;
}
