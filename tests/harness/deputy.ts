import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { login } from "./login.ts";
import type { HttpClient } from "./http-client.ts";
import { freePort } from "../../scripts/lib/ports.mjs";
import { startOffline, type OfflineWorld } from "./offline.ts";
import { startWorker, type WorkerProcess } from "./worker.ts";

export interface DeputyOptions {
  /** Settings besides those of the offline world. */
  vars?: Record<string, string>;
  /** The project whose build is run; this one by default. */
  directory?: string;
  /** More options of the offline program. */
  offlineArgs?: string[];
  /** The Worker has the binding `AI`: a stand-in, behind which is the offline world's model. */
  workersAi?: boolean;
  /** The Worker alone, without Miniflare's entry before it. */
  bare?: boolean;
}

/** The whole system of one test file: the offline world and the Worker that uses it. */
export interface Deputy {
  offline: OfflineWorld;
  worker: WorkerProcess;
  /** The application's origin. */
  url: string;
  /** A client logged in as the seeded user whose e-mail address starts with `name` (default: the first). */
  login(name?: string): Promise<HttpClient>;
  /** Stops everything and removes the storage. */
  stop(): Promise<void>;
}

/** Starts the offline world and the Worker on free ports, with new storage. */
export async function startDeputy(options: DeputyOptions = {}): Promise<Deputy> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const offline = await startOffline({ appBaseUrl: url, args: options.offlineArgs ?? [] });
  const key = `test1:${randomBytes(32).toString("base64")}`;
  const vars = { ...offline.settings(), AUTH0_SESSION_ENCRYPTION_KEY: key, ...options.vars };
  const worker = await startWorker({
    ...(options.directory === undefined ? {} : { directory: options.directory }),
    ...(options.workersAi === true ? { workersAi: offline.workersAiUrl } : {}),
    ...(options.bare === true ? { bare: true } : {}),
    vars,
    port,
  }).catch(async (error: unknown) => {
    await offline.stop();
    throw error;
  });
  return {
    offline,
    worker,
    url,
    login: async (name) => login(url, await offline.user(name)),
    stop: async () => {
      await worker.stop();
      await offline.stop();
      rmSync(worker.persistDir, { recursive: true, force: true });
    },
  };
}
