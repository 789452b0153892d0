import { Fragment, useState } from "react";
import type { ConnectedAccount } from "../api/types";
import { chatPath } from "../app/routes";
import { connectUrl } from "../chat/interrupts";
import { ConnectionIcon } from "../tools/ConnectionIcon";
import { Button, ButtonLink } from "../ui/Button";
import { cardClass } from "../ui/Card";
import { Checkbox } from "../ui/Field";
import { Actions, Checks, Facts } from "../ui/Text";
import { connectionName } from "../words/connections";
import { healthInWords, needsReconnect } from "../words/health";
import { scopeInWords, scopesInWords } from "../words/scopes";
import { moment } from "../words/time";

interface Props {
  account: ConnectedAccount;
  busy: boolean;
  onDisconnect: () => void;
}

/** One connected account: whose, what it may do, how it fares, who used it, and what can be done with it. */
export function AccountCard({ account, busy, onDisconnect }: Props) {
  const name = connectionName(account.connection);
  const facts: [string, string | undefined][] = [
    ["State", healthInWords(account)],
    ["Since", moment(account.createdAt)],
    ["Last used", moment(account.lastUsed)],
  ];

  return (
    <li className={cardClass()} data-health={account.health} data-in-use={account.inUse}>
      <h2 className="flex items-center gap-2 text-lg">
        <ConnectionIcon connection={account.connection} />
        {name}
      </h2>
      {account.account && <p>As {account.account}</p>}
      {account.scopes.length > 0 && (
        <Checks aria-label="Permissions">
          {scopesInWords(account.scopes).map((phrase) => (
            <li key={phrase}>{phrase}</li>
          ))}
        </Checks>
      )}
      <Facts>
        {facts.map(
          ([word, value]) =>
            value !== undefined && (
              <Fragment key={word}>
                <dt>{word}</dt>
                <dd>{value}</dd>
              </Fragment>
            ),
        )}
        {account.usedBy.length > 0 && (
          <>
            <dt>Used by</dt>
            <dd>
              <ul>
                {account.usedBy.map(({ id, title, scheduled }) => (
                  <li key={id}>
                    <a href={chatPath(id)}>{title}</a>
                    {scheduled && " (has scheduled tasks)"}
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </Facts>
      {/* While the user has to choose, the question above is all there is to do. */}
      {account.inUse && (
        <>
          <Actions>
            <ButtonLink
              look={needsReconnect(account.health) ? "primary" : "plain"}
              href={consentUrl(account, account.scopes)}
              aria-label={`Reconnect ${name}`}
            >
              Reconnect
            </ButtonLink>
            <Button disabled={busy} aria-label={`Disconnect ${name}`} onClick={onDisconnect}>
              Disconnect
            </Button>
          </Actions>
          <FewerPermissions account={account} name={name} />
        </>
      )}
    </li>
  );
}

/** A consent to less: what stays is asked for again, and what does not is given up. */
function FewerPermissions({ account, name }: { account: ConnectedAccount; name: string }) {
  const optional = account.scopes.filter((scope) => scopeInWords(scope) !== "" && scope !== "openid");
  const [dropped, setDropped] = useState<string[]>([]);
  const [open, setOpen] = useState(false);
  if (optional.length < 2) return null;
  const kept = account.scopes.filter((scope) => !dropped.includes(scope));
  const changed = dropped.length > 0 && dropped.length < optional.length;

  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Fewer permissions</summary>
      {/* Not in the page while folded: the permissions stand above already. */}
      {open && (
        <fieldset className="mt-3 grid justify-items-start gap-2">
          <legend>What {name} may keep allowing</legend>
          {optional.map((scope) => (
            <Checkbox
              key={scope}
              checked={!dropped.includes(scope)}
              onChange={({ target }) => setDropped((now) => (target.checked ? now.filter((one) => one !== scope) : [...now, scope]))}
            >
              {scopeInWords(scope)}
            </Checkbox>
          ))}
          <Button small disabled={!changed} onClick={() => window.location.assign(consentUrl(account, kept))}>
            Ask {name} again for only these
          </Button>
        </fieldset>
      )}
    </details>
  );
}

/** The same account is asked for, where its name is known. */
function consentUrl({ connection, account }: ConnectedAccount, scopes: string[]): string {
  return connectUrl({ connection, scopes, authorizationParams: account === undefined ? {} : { login_hint: account } }, "/connections");
}
