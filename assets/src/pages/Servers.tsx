import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { addServer, changeServer, fetchServers, lookAtServer, removeServer, type Server } from "../api/servers";
import { useSession } from "../app/session";
import { AddServer } from "../servers/AddServer";
import { ServerCard } from "../servers/ServerCard";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Page, Problem } from "../ui/Page";
import { Hint, Title } from "../ui/Text";

/** The MCP servers whose tools Deputy may use, and what the user says of them. */
export default function ServersPage() {
  const { markEnded } = useSession();
  const [servers, setServers] = useState<Server[]>();
  const [failure, setFailure] = useState<string>();
  const [leaving, setLeaving] = useState<Server>();
  const [busy, setBusy] = useState(false);

  const report = useCallback(
    (error: unknown) => {
      if (error instanceof ApiError && error.isSignedOut) markEnded();
      setFailure(error instanceof Error ? error.message : "Your servers could not be loaded.");
    },
    [markEnded],
  );

  const load = useCallback(async () => {
    try {
      setServers(await fetchServers());
      setFailure(undefined);
    } catch (error) {
      report(error);
    }
  }, [report]);

  useEffect(() => {
    void load();
  }, [load]);

  async function act(action: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    try {
      await action();
      await load();
      return true;
    } catch (error) {
      report(error);
      return false;
    } finally {
      setBusy(false);
    }
  }

  return (
    <Page>
      <Title>Tools & servers</Title>
      <Hint>
        MCP servers whose tools Deputy may use for you, in every chat. What their tools say of themselves was written by those who run them.
      </Hint>
      {failure && (
        <Problem onRetry={() => void load()}>
          <p>{failure}</p>
        </Problem>
      )}
      {servers === undefined && !failure && <Hint>Loading…</Hint>}
      <ul className="grid grid-cols-1 gap-3" aria-label="Your servers">
        {servers?.map((server) => (
          <ServerCard
            key={server.id}
            server={server}
            busy={busy}
            onChange={(change) => void act(() => changeServer(server.id, change))}
            onLook={() => void act(() => lookAtServer(server.id))}
            onRemove={() => setLeaving(server)}
          />
        ))}
      </ul>
      <AddServer busy={busy} onAdd={(url, name) => act(() => addServer(url, name))} />
      {leaving && (
        <ConfirmDialog
          title={`Remove ${leaving.name}?`}
          confirm="Remove"
          onCancel={() => setLeaving(undefined)}
          onConfirm={() => {
            setLeaving(undefined);
            void act(() => removeServer(leaving.id));
          }}
        >
          <p>Its tools are gone from every chat, and Deputy forgets its log-in.</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}
