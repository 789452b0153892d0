import { useEffect, useId, useRef } from "react";
import type { ConnectedAccount } from "../api/types";
import { Button } from "../ui/Button";
import { cardClass } from "../ui/Card";
import { Actions } from "../ui/Text";
import { connectionName } from "../words/connections";
import { moment } from "../words/time";

interface Props {
  /** The account that was connected now. */
  account: ConnectedAccount;
  /** The one in use, unless there was none and another was asked for. */
  before: ConnectedAccount | undefined;
  busy: boolean;
  /** Use that account, or with `keep` false disconnect it. */
  onChoose: (account: ConnectedAccount, keep: boolean) => void;
}

/** Another account than the one expected was connected. Nothing has been replaced: the user says which one it is. */
export function AccountChoice({ account, before, busy, onChoose }: Props) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const name = connectionName(account.connection);

  useEffect(() => {
    card.current?.focus();
    // The card in the chat, in another window, says what it waits for.
    const channel = new BroadcastChannel("deputy-connect");
    channel.postMessage({ connection: account.connection, connected: false, other: true });
    channel.close();
  }, [account.connection]);

  return (
    <section ref={card} className={cardClass("ask")} aria-labelledby={titleId} tabIndex={-1}>
      <h2 id={titleId} className="text-lg">
        Which {name} account?
      </h2>
      {before ? (
        <p>
          You have connected another {name} account{at(account)} than the one that Deputy uses{at(before)}. Nothing was replaced. The one you do not
          choose is disconnected.
        </p>
      ) : (
        <p>You have connected another {name} account than the one that was asked for. Deputy does not use it unless you say so.</p>
      )}
      <Actions>
        <Button look="primary" disabled={busy} onClick={() => onChoose(account, true)}>
          Use the new account
        </Button>
        <Button disabled={busy} onClick={() => (before ? onChoose(before, true) : onChoose(account, false))}>
          {before ? "Keep the account from before" : "Disconnect it"}
        </Button>
      </Actions>
    </section>
  );
}

function at({ account, createdAt }: ConnectedAccount): string {
  const since = moment(createdAt);
  if (account !== undefined) return ` (${account})`;
  return since === undefined ? "" : ` (connected ${since})`;
}
