import { useState } from "react";
import { type Policy, type Server, type ServerChange, serverLogInUrl } from "../api/servers";
import { Button, ButtonLink, IconButton } from "../ui/Button";
import { cardClass } from "../ui/Card";
import { RenameField } from "../ui/RenameField";
import { Actions, Facts, Hint } from "../ui/Text";
import { serverStateInWords } from "../words/servers";
import { ToolRow } from "./ToolRow";

interface Props {
  server: Server;
  busy: boolean;
  onChange: (change: ServerChange) => void;
  onLook: () => void;
  onRemove: () => void;
}

/** One server: how it stands, what can be done with it, its tools. */
export function ServerCard({ server, busy, onChange, onLook, onRemove }: Props) {
  const [renaming, setRenaming] = useState(false);
  const { name, tools } = server;
  const waiting = tools.filter(({ change }) => change !== undefined);
  const wantsLogIn = server.state === "log_in_needed" || server.state === "more_permission_needed";

  function finishRename(value: string | undefined) {
    setRenaming(false);
    const wanted = value?.trim();
    if (wanted && wanted !== name) onChange({ name: wanted });
  }

  return (
    <li className={cardClass(waiting.length > 0 ? "ask" : "plain")} data-state={server.state} data-paused={server.paused}>
      <h2 className="flex w-full items-center gap-2 text-lg">
        {renaming ? (
          <RenameField label="Name of the server" title={name} onDone={finishRename} />
        ) : (
          <>
            <span className="wrap-anywhere">{name}</span>
            <IconButton label={`Rename ${name}`} sign="✎" onClick={() => setRenaming(true)} />
          </>
        )}
      </h2>
      <Facts>
        <dt>Address</dt>
        <dd className="wrap-anywhere">{server.url}</dd>
        <dt>State</dt>
        <dd>{serverStateInWords(server)}</dd>
      </Facts>
      <Actions>
        {wantsLogIn && !server.paused && (
          <ButtonLink
            look="primary"
            href={serverLogInUrl(server.id)}
            aria-label={`${server.state === "log_in_needed" ? "Log in to" : "Allow more at"} ${name}`}
          >
            {server.state === "log_in_needed" ? "Log in" : "Allow more"}
          </ButtonLink>
        )}
        <Button disabled={busy} aria-label={`${server.paused ? "Use" : "Pause"} ${name}`} onClick={() => onChange({ paused: !server.paused })}>
          {server.paused ? "Use again" : "Pause"}
        </Button>
        <Button disabled={busy} aria-label={`Look again at ${name}`} onClick={onLook}>
          Look again
        </Button>
        <Button disabled={busy} aria-label={`Remove ${name}`} onClick={onRemove}>
          Remove
        </Button>
      </Actions>
      {waiting.length > 0 && (
        <p role="status">
          {waiting.length === 1 ? "One tool has changed." : `${waiting.length} tools have changed.`} Look at the difference before they are used.
        </p>
      )}
      {tools.length === 0 && server.state === "ready" && <Hint>It offers no tools.</Hint>}
      <ul className="grid w-full grid-cols-1 gap-2" aria-label={`Tools of ${name}`}>
        {tools.map((tool) => (
          <ToolRow
            key={tool.name}
            tool={tool}
            busy={busy}
            onPolicy={(policy: Policy) => onChange({ policies: { [tool.name]: policy } })}
            onAccept={() => onChange({ accept: { [tool.name]: tool.pin } })}
          />
        ))}
      </ul>
    </li>
  );
}
