import { useState } from "react";
import { chooseConnection, deleteConnection, fetchConnections } from "../api/client";
import type { ConnectedAccount, DisconnectStep } from "../api/types";
import { returnTo } from "../app/returnTo";
import { useLoaded } from "../app/useLoaded";
import { Card } from "../ui/Card";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Page, Problem } from "../ui/Page";
import { Checks, Hint, Title } from "../ui/Text";
import { connectionName } from "../words/connections";
import { stepInWords } from "../words/health";
import { AccountCard } from "./AccountCard";
import { AccountChoice } from "./AccountChoice";
import { LogIns } from "./LogIns";

/** The accounts Deputy may use, how they fare, and the way to take each of them back. */
export default function ConnectionsPage() {
  const { loaded: accounts, failure, load, busy, change } = useLoaded(fetchConnections, "Your connections could not be loaded.");
  const [leaving, setLeaving] = useState<ConnectedAccount>();
  const [done, setDone] = useState<{ connection: string; steps: DisconnectStep[] }>();

  async function disconnect(account: ConnectedAccount) {
    setLeaving(undefined);
    setDone(undefined);
    await change(async () => {
      const steps = await deleteConnection(account.id);
      setDone({ connection: account.connection, steps });
    });
  }

  async function choose(account: ConnectedAccount, keep: boolean) {
    setDone(undefined);
    const chosen = await change(() => (keep ? chooseConnection(account.id) : deleteConnection(account.id)));
    if (chosen) goBack(account.connection, keep && !account.inUse);
  }

  const undecided = accounts?.filter(({ inUse }) => !inUse) ?? [];
  const provider = done && connectionName(done.connection);

  return (
    <Page>
      <Title>Connections</Title>
      <Hint>The accounts that Deputy may use for you. Disconnecting one takes effect at once, in every chat.</Hint>
      {failure && (
        <Problem onRetry={() => void load()}>
          <p>{failure}</p>
        </Problem>
      )}
      <div role="status" aria-label="What was done" className="empty:absolute">
        {done && (
          <Card>
            <p>
              <strong>{provider} is disconnected.</strong>
            </p>
            <Checks>
              {done.steps.map((step) => (
                <li key={step.step} data-step={step.step} data-outcome={step.outcome}>
                  {stepInWords(step, provider ?? "")}
                </li>
              ))}
            </Checks>
          </Card>
        )}
      </div>
      {undecided.map((account) => (
        <AccountChoice
          key={account.id}
          account={account}
          before={accounts?.find((one) => one.inUse && one.connection === account.connection)}
          busy={busy}
          onChoose={(chosen, keep) => void choose(chosen, keep)}
        />
      ))}
      {accounts === undefined && !failure && <Hint>Loading…</Hint>}
      {accounts?.length === 0 && <p>No account is connected. Deputy asks in the chat when it needs one.</p>}
      <ul className="grid gap-3" aria-label="Connected accounts">
        {accounts?.map((account) => (
          <AccountCard key={account.id} account={account} busy={busy} onDisconnect={() => setLeaving(account)} />
        ))}
      </ul>
      <LogIns />
      {leaving && (
        <ConfirmDialog
          title={`Disconnect ${connectionName(leaving.connection)}?`}
          confirm="Disconnect"
          onCancel={() => setLeaving(undefined)}
          onConfirm={() => void disconnect(leaving)}
        >
          <p>Tools that need this account stop working until you connect it again.</p>
          {leaving.usedBy.some(({ scheduled }) => scheduled) && (
            <p>
              Scheduled tasks of these chats may need it:{" "}
              {leaving.usedBy
                .filter(({ scheduled }) => scheduled)
                .map(({ title }) => title)
                .join(", ")}
              .
            </p>
          )}
        </ConfirmDialog>
      )}
    </Page>
  );
}

/** Back to where the consent was asked for; the last page of a pop-up closes it and tells the chat. */
function goBack(connection: string, connected: boolean) {
  const query = new URLSearchParams(window.location.search);
  const target = returnTo(window.location.origin, query.get("returnTo"));
  if (query.get("choose") !== connection || target === undefined) return;
  const outcome = new URLSearchParams({ connection, connected: String(connected) });
  window.location.assign(target === "/close" ? `${target}?${outcome.toString()}` : target);
}
