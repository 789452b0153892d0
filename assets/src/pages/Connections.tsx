import { useCallback, useEffect, useState } from "react";
import { ApiError, deleteConnection, fetchConnections } from "../api/client";
import type { ConnectedAccount } from "../api/types";
import { ConfirmDialog } from "../app/Dialog";
import { useSession } from "../app/session";
import { ConnectionIcon } from "../tools/ConnectionIcon";
import { connectionName } from "../words/connections";
import { scopesInWords } from "../words/scopes";
import { moment } from "../words/time";

/** The accounts Deputy may use, and the way to take each of them back. */
export function ConnectionsPage() {
  const { markEnded } = useSession();
  const [accounts, setAccounts] = useState<ConnectedAccount[]>();
  const [failure, setFailure] = useState<string>();
  const [leaving, setLeaving] = useState<ConnectedAccount>();

  const report = useCallback(
    (error: unknown) => {
      if (error instanceof ApiError && error.isSignedOut) markEnded();
      setFailure(error instanceof Error ? error.message : "Your connections could not be loaded.");
    },
    [markEnded],
  );

  const load = useCallback(async () => {
    try {
      setAccounts(await fetchConnections());
      setFailure(undefined);
    } catch (error) {
      report(error);
    }
  }, [report]);

  useEffect(() => {
    void load();
  }, [load]);

  async function disconnect(account: ConnectedAccount) {
    setLeaving(undefined);
    try {
      await deleteConnection(account.id);
      await load();
    } catch (error) {
      report(error);
    }
  }

  return (
    <div className="page">
      <h1>Connections</h1>
      <p className="hint">The accounts that Deputy may use for you. Disconnecting one takes effect at once, in every chat.</p>
      {failure && (
        <div className="card" role="alert">
          <p>{failure}</p>
          <button type="button" className="button" onClick={() => void load()}>
            Try again
          </button>
        </div>
      )}
      {accounts === undefined && !failure && <p className="hint">Loading…</p>}
      {accounts?.length === 0 && <p>No account is connected. Deputy asks in the chat when it needs one.</p>}
      <ul className="cards" aria-label="Connected accounts">
        {accounts?.map((account) => (
          <li key={account.id} className="card">
            <h2 className="connection-name">
              <ConnectionIcon connection={account.connection} />
              {connectionName(account.connection)}
            </h2>
            {account.account && <p>As {account.account}</p>}
            {account.scopes.length > 0 && (
              <ul className="permissions">
                {scopesInWords(account.scopes).map((phrase) => (
                  <li key={phrase}>{phrase}</li>
                ))}
              </ul>
            )}
            {account.createdAt !== undefined && <p className="hint">Since {moment(account.createdAt)}</p>}
            <button
              type="button"
              className="button"
              aria-label={`Disconnect ${connectionName(account.connection)}`}
              onClick={() => setLeaving(account)}
            >
              Disconnect
            </button>
          </li>
        ))}
      </ul>
      {leaving && (
        <ConfirmDialog
          title={`Disconnect ${connectionName(leaving.connection)}?`}
          confirm="Disconnect"
          onCancel={() => setLeaving(undefined)}
          onConfirm={() => void disconnect(leaving)}
        >
          <p>Tools that need this account stop working until you connect it again.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
