import type { OfflineWorld } from "../../harness/index.ts";

/** A request the offline world saw. */
export interface Seen {
  at_ms: number;
  service: "tenant" | "providers" | "model" | "fga";
  method: string;
  path: string;
  body: Record<string, unknown> | null;
  status: number;
  [key: string]: unknown;
}

/** Requests of a service and path, oldest first; only those since a time (milliseconds). */
export async function seen(offline: OfflineWorld, service: Seen["service"], path: string, since = 0): Promise<Seen[]> {
  return (await offline.requests<Seen>()).filter((one) => one.service === service && one.path === path && one.at_ms >= since);
}

export const freeBusyCalls = (offline: OfflineWorld, since = 0) => seen(offline, "providers", "/google/calendar/v3/freeBusy", since);
export const modelCalls = (offline: OfflineWorld, since = 0) => seen(offline, "model", "/v1/chat/completions", since);

/** Token Vault exchanges the tenant was asked for. */
export async function exchanges(offline: OfflineWorld, since = 0): Promise<Seen[]> {
  const grant = "federated-connection-access-token";
  return (await seen(offline, "tenant", "/oauth/token", since)).filter(({ body }) => String(body?.grant_type ?? "").endsWith(grant));
}

/** A token the tenant issued. */
export interface Token {
  kind: string;
  token: string;
  user_id?: string;
  client_id?: string;
  audience?: string;
  scope?: string;
  revoked?: boolean;
  [key: string]: unknown;
}
