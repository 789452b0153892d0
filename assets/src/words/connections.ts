import { integrations } from "../../../src/connections/registry.json";

/** The mark beside a connection's name: letters on a colour, because a provider's logo is not ours to use. */
export interface ConnectionMark {
  letters: string;
  color: string;
}

/** The name people know a connection's provider by. */
export function connectionName(connection: string): string {
  const known = KNOWN.get(connection)?.name;
  if (known) return known;
  const words = connection.replace(/[-_]+/g, " ").trim();
  return words === "" ? "your account" : words.charAt(0).toUpperCase() + words.slice(1);
}

/** The mark of a connection; one that no registry knows has its first letter on grey. */
export function connectionMark(connection: string): ConnectionMark {
  const known = KNOWN.get(connection);
  if (known) return { letters: known.letters, color: known.color };
  return { letters: connectionName(connection).charAt(0), color: "#4a4a4a" };
}

/** By every name a connection usually has. A tenant may call it anything: then it is shown by its own name. */
const KNOWN = new Map(integrations.flatMap((integration) => integration.connections.map((connection) => [connection, integration] as const)));
