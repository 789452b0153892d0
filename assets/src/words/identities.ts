import type { Identity } from "../api/identities";
import { connectionName } from "./connections";

/** What people call a log-in: the provider's name, and whose it is where that is known. */
export function identityInWords({ provider, connection, email, name }: Identity): string {
  const way = provider === "auth0" ? "E-mail and password" : connectionName(connection ?? provider);
  const whose = email ?? name;
  return whose === undefined ? way : `${way} (${whose})`;
}
