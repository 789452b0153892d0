import type { Auth0Client } from "@auth0/auth0-spa-js";
import { useState } from "react";
import { nameOf, scopesOf, type Interrupt } from "./interrupt.ts";

interface Props {
  client: Auth0Client;
  interrupt: Interrupt;
  /** The page is about to be left. */
  onLeave: () => void;
  /** The connection could not be asked for. */
  onFailure: (error: unknown) => void;
}

/** Asks for a connected account, and leaves for the tenant's page that connects it. */
export function ConsentCard({ client, interrupt, onLeave, onFailure }: Props) {
  const [busy, setBusy] = useState(false);
  const connection = nameOf(interrupt);
  const scopes = scopesOf(interrupt);
  const { authorizationParams } = interrupt;

  const connect = async () => {
    setBusy(true);
    onLeave();
    try {
      await client.connectAccountWithRedirect({
        connection: interrupt.connection,
        scopes,
        ...(authorizationParams ? { authorization_params: authorizationParams } : {}),
      });
    } catch (error) {
      onFailure(error);
    }
  };

  if (busy) return <p role="status">Connecting to {connection}...</p>;
  return (
    <section aria-label="Authorization Required" className="consent">
      <h2>Authorization Required</h2>
      <p>To access your {connection} data, you need to connect your account and authorize this application.</p>
      <p>Required permissions: {scopes.join(", ")}</p>
      <button type="button" onClick={() => void connect()}>
        Connect &amp; Authorize {connection}
      </button>
    </section>
  );
}
