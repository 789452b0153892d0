import assert from "node:assert/strict";
import type { OfflineWorld } from "../../harness/index.ts";
import { type Seen, seen } from "./world.ts";

/** An approval as the tenant keeps it. */
export interface Approval {
  id: string;
  auth_req_id: string;
  state: "pending" | "ignored" | "approved" | "denied" | "used";
  expires_at: number;
  [key: string]: unknown;
}

/** Approvals of all users, oldest first; only those in this state. */
export async function approvals(offline: OfflineWorld, state?: Approval["state"]): Promise<Approval[]> {
  const all = (await offline.control("GET", "/approvals")) as Approval[];
  return state === undefined ? all : all.filter((one) => one.state === state);
}

/** What the user does on the phone, to every pending approval that matches. */
export async function decide(offline: OfflineWorld, decision: "approve" | "deny" | "ignore", which = /./): Promise<void> {
  const pending = (await approvals(offline, "pending")).filter((one) => which.test(JSON.stringify(one)));
  assert.ok(pending.length > 0, "something is on the phone");
  for (const { id } of pending) await offline.control("POST", `/approvals/${id}`, { decision });
}

/** Questions the tenant was asked to put to a user. */
export const pushes = (offline: OfflineWorld, since = 0) => seen(offline, "tenant", "/bc-authorize", since);

/** Polls for the answer to this question. */
export async function polls(offline: OfflineWorld, { auth_req_id: asked }: Pick<Approval, "auth_req_id">): Promise<Seen[]> {
  return (await seen(offline, "tenant", "/oauth/token")).filter(({ body }) => body?.auth_req_id === asked);
}

/** What stands open is denied, so that nothing of one test is met in the next. */
export async function denyAll(offline: OfflineWorld): Promise<void> {
  for (const { id } of await approvals(offline, "pending")) await offline.control("POST", `/approvals/${id}`, { decision: "deny" });
}

/** Orders, drafts and other effects of one kind that providers took. */
export async function effects(offline: OfflineWorld, kind: string, since = 0): Promise<Record<string, unknown>[]> {
  const { effects: all } = (await offline.control("GET", "/effects")) as { effects: { kind: string; at_ms: number }[] };
  return all.filter((one) => one.kind === kind && one.at_ms >= since);
}
