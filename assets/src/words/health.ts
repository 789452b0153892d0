import type { ConnectedAccount, DisconnectStep } from "../api/types";

/** How a connection fares, and what would help. Codes nobody has put into words are shown as they are. */
export function healthInWords(account: Pick<ConnectedAccount, "health" | "inUse">): string {
  if (!account.inUse) return "Not used: waits for your choice";
  return HEALTH[account.health] ?? `Did not work when it was last used (${account.health})`;
}

/** True if connecting the account again is what helps. */
export function needsReconnect(health: string): boolean {
  return ["needs_connection", "needs_scopes", "reauth_required", "provider_refused", "connection_unusable"].includes(health);
}

/** One step of a disconnect in words. */
export function stepInWords({ step, outcome }: DisconnectStep, provider: string): string {
  return (STEPS[step]?.[outcome] ?? `${step}: ${outcome}`).replace("{provider}", provider);
}

const HEALTH: Record<string, string> = {
  good: "Works",
  unused: "Not used yet",
  needs_connection: "The connection has ended: connect it again",
  needs_scopes: "A tool needed a permission that it does not have",
  reauth_required: "The provider no longer honours it: connect it again",
  provider_refused: "The provider refused it: connect it again",
  provider_down: "The provider could not be reached when it was last used",
  tenant_down: "The login service could not be reached when it was last used",
  tenant_rate_limited: "There were too many requests when it was last used",
  tenant_connection_not_enabled: "The operator of this app has switched this kind of account off",
};

const STEPS: Record<string, Record<string, string>> = {
  provider_revoked: {
    done: "{provider} was told to forget the consent",
    failed: "{provider} could not be told to forget the consent; remove Deputy in the settings of your account there",
    not_possible: "{provider} still lists the consent; remove Deputy in the settings of your account there",
  },
  vault_entry_deleted: { done: "The login service has deleted its tokens" },
  tokens_dropped: { done: "Deputy has dropped every token it had" },
};
