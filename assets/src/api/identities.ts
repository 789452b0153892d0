import { call } from "./client";

/** One of the user's log-ins (docs/api.md). */
export interface Identity {
  id: string;
  provider: string;
  /** Absent where the tenant is not asked. */
  connection?: string;
  email?: string;
  name?: string;
  /** The user is made of it: it cannot be unlinked. */
  primary: boolean;
}

/** `GET /api/identities`. */
export interface Identities {
  /** Whether another log-in can be linked here. */
  linking: boolean;
  identities: Identity[];
}

export function fetchIdentities(): Promise<Identities> {
  return call<Identities>("/api/identities");
}

/** Begins to link another log-in; where the browser proves it. */
export async function beginLink(): Promise<string> {
  return (await call<{ url: string }>("/api/identities", { method: "POST", body: JSON.stringify({ returnTo: "/connections" }) })).url;
}

export async function unlinkIdentity(id: string): Promise<void> {
  await call(`/api/identities/${encodeURIComponent(id)}`, { method: "DELETE" });
}
