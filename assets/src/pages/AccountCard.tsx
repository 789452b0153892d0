import { Fragment, useState } from "react";
import type { ConnectedAccount } from "../api/types";
import { chatPath } from "../app/routes";
import { connectUrl } from "../chat/interrupts";
import { ConnectionIcon } from "../tools/ConnectionIcon";
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
    <li className="card" data-health={account.health} data-in-use={account.inUse}>
      <h2 className="connection-name">
        <ConnectionIcon connection={account.connection} />
        {name}
      </h2>
      {account.account && <p>As {account.account}</p>}
      {account.scopes.length > 0 && (
        <ul className="permissions" aria-label="Permissions">
          {scopesInWords(account.scopes).map((phrase) => (
            <li key={phrase}>{phrase}</li>
          ))}
        </ul>
      )}
      <dl className="consent">
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
              <ul className="used-by">
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
      </dl>
      {/* While the user has to choose, the question above is all there is to do. */}
      {account.inUse && (
        <>
          <div className="actions">
            <a
              className={needsReconnect(account.health) ? "button primary" : "button"}
              href={consentUrl(account, account.scopes)}
              aria-label={`Reconnect ${name}`}
            >
              Reconnect
            </a>
            <button type="button" className="button" disabled={busy} aria-label={`Disconnect ${name}`} onClick={onDisconnect}>
              Disconnect
            </button>
          </div>
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
        <fieldset className="scopes">
          <legend>What {name} may keep allowing</legend>
          {optional.map((scope) => (
            <label key={scope}>
              <input
                type="checkbox"
                checked={!dropped.includes(scope)}
                onChange={({ target }) => setDropped((now) => (target.checked ? now.filter((one) => one !== scope) : [...now, scope]))}
              />
              <span>{scopeInWords(scope)}</span>
            </label>
          ))}
          <button type="button" className="button small" disabled={!changed} onClick={() => window.location.assign(consentUrl(account, kept))}>
            Ask {name} again for only these
          </button>
        </fieldset>
      )}
    </details>
  );
}

/** The same account is asked for, where its name is known. */
function consentUrl({ connection, account }: ConnectedAccount, scopes: string[]): string {
  return connectUrl({ connection, scopes, authorizationParams: account === undefined ? {} : { login_hint: account } }, "/connections");
}
