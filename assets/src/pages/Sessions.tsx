import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, endSession, fetchSessions } from "../api/client";
import type { Login } from "../api/types";
import { announceLogOut } from "../app/logOut";
import { useSession } from "../app/session";
import { Button } from "../ui/Button";
import { cardClass } from "../ui/Card";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Page, Problem } from "../ui/Page";
import { Actions, Facts, Hint, Title } from "../ui/Text";
import { moment } from "../words/time";

/** Where the user is logged in, and the way to end it there. */
export default function SessionsPage() {
  const { markEnded } = useSession();
  const [logins, setLogins] = useState<Login[]>();
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<Login | "everywhere">();
  const logOut = useRef<HTMLFormElement>(null);

  const report = useCallback(
    (error: unknown) => {
      if (error instanceof ApiError && error.isSignedOut) markEnded();
      setFailure(error instanceof Error ? error.message : "Your sessions could not be loaded.");
    },
    [markEnded],
  );

  const load = useCallback(async () => {
    try {
      setLogins(await fetchSessions());
      setFailure(undefined);
    } catch (error) {
      report(error);
    }
  }, [report]);

  useEffect(() => {
    void load();
  }, [load]);

  async function end(what: Login | "everywhere") {
    setAsking(undefined);
    setBusy(true);
    try {
      await endSession(what === "everywhere" ? "others" : what.id);
      // This browser's own log-out comes last: only a session that is alive tells the tenant whose it is.
      if (what === "everywhere") logOut.current?.requestSubmit();
      else await load();
    } catch (error) {
      // One that has ended by itself is gone all the same.
      if (error instanceof ApiError && error.code === "session_unknown") await load();
      else report(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Page>
      <Title>Sessions</Title>
      <Hint>
        Where you are logged in. Ending a session takes effect at once: its open chats close, and what waited for your phone there counts no more.
      </Hint>
      {failure && (
        <Problem onRetry={() => void load()}>
          <p>{failure}</p>
        </Problem>
      )}
      {logins === undefined && !failure && <Hint>Loading…</Hint>}
      <ul className="grid gap-3" aria-label="Where you are logged in">
        {logins?.map((login) => (
          <LoginCard key={login.id} login={login} busy={busy} onEnd={() => setAsking(login)} />
        ))}
      </ul>
      {logins !== undefined && (
        <Actions>
          <Button look="danger" disabled={busy} onClick={() => setAsking("everywhere")}>
            Log out everywhere
          </Button>
        </Actions>
      )}
      {/* The log-out of this browser leaves the tenant too. */}
      <form ref={logOut} method="post" action="/auth/logout" hidden onSubmit={announceLogOut} />
      {asking !== undefined && (
        <ConfirmDialog
          title={asking === "everywhere" ? "Log out everywhere?" : `End the session in ${browserName(asking)}?`}
          confirm={asking === "everywhere" ? "Log out everywhere" : "End session"}
          onCancel={() => setAsking(undefined)}
          onConfirm={() => void end(asking)}
        >
          <p>
            {asking === "everywhere"
              ? "Every browser is logged out, this one as well. An app that uses Deputy for you can go on until its access ends."
              : "Whoever uses it has to log in again. Your chats stay as they are."}
          </p>
        </ConfirmDialog>
      )}
    </Page>
  );
}

function LoginCard({ login, busy, onEnd }: { login: Login; busy: boolean; onEnd: () => void }) {
  const name = browserName(login);
  return (
    <li className={cardClass()} data-current={login.current}>
      <h2 className="text-lg">{name}</h2>
      <Facts>
        <dt>Since</dt>
        <dd>{moment(login.createdAt)}</dd>
        <dt>Last used</dt>
        <dd>{login.current ? "Now: this is where you are" : moment(login.lastUsed)}</dd>
      </Facts>
      {/* This browser's own has “Log out”, which leaves the tenant too. */}
      {!login.current && (
        <Button disabled={busy} aria-label={`End session in ${name}`} onClick={onEnd}>
          End session
        </Button>
      )}
    </li>
  );
}

function browserName({ browser }: Login): string {
  return browser ?? "Unknown browser";
}
