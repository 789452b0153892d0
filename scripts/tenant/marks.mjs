// What this command made and may therefore remove. Applications and connections carry a mark themselves; what can carry none is
// written down in the metadata of the web application before it is made, so that no end in the middle loses it.
import { createHash } from "node:crypto";
import { put } from "./snapshot.mjs";

/** Metadata of an application or connection that this command made; the value is its key in the description. */
export const MARK = "deputy";
/** Metadata of the web application: what else this command made, by `entryOf`, with a blank between; and which parts, apart, because
 * a value has 255 characters at most. */
const LEDGER = "deputy_made";
const PARTS = "deputy_parts";

/**
 * How a record is written down: `kind:key:hash`, where the hash is of what the tenant knows it by. With another name in the settings
 * the key says another record, which may be somebody else's.
 */
export const entryOf = (kind, key, name) => `${kind}:${key}:${createHash("sha256").update(name).digest("base64url").slice(0, 6)}`;

/** The mark of a record with metadata. */
export const markOf = (metadata) => metadata?.[MARK];

/** The application that holds the ledger: the marked web application, else the one that the settings name. */
export function ledgerHolder(state, settings) {
  const marked = state.clients.find((client) => markOf(client.client_metadata) === "web");
  return marked ?? state.clients.find((client) => client.client_id === settings.AUTH0_CLIENT_ID);
}

/** What is written down, as a set of `entryOf` and `part:name`. */
export function ledger(state, settings) {
  const metadata = ledgerHolder(state, settings)?.client_metadata;
  return new Set([LEDGER, PARTS].flatMap((member) => (metadata?.[member] ?? "").split(" ")).filter(Boolean));
}

/** Writes down that something is about to be made. */
export async function writeDown(state, settings, entry) {
  const entries = ledger(state, settings);
  if (!entries.has(entry)) await write(state, settings, [...entries, entry]);
}

/** Takes down what is gone. */
export async function takeDown(state, settings, entry) {
  const entries = ledger(state, settings);
  if (entries.delete(entry)) await write(state, settings, [...entries]);
}

async function write(state, settings, entries) {
  const holder = ledgerHolder(state, settings);
  const texts = (parts) => entries.filter((entry) => isPart(entry) === parts).join(" ");
  const client_metadata = { [LEDGER]: texts(false), [PARTS]: texts(true) };
  const answer = await state.api.patch(`clients/${holder.client_id}`, { client_metadata }, { patient: true });
  put(state.clients, { ...holder, client_metadata: answer.client_metadata ?? {} }, "client_id");
}

/** The parts that were applied, as far as they were written down. */
export const appliedParts = (state, settings) => [...ledger(state, settings)].filter(isPart).map((entry) => entry.slice(5));

/** Whether an entry is a part's name and no record. */
export const isPart = (entry) => entry.startsWith("part:");
