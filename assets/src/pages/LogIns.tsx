import { useState } from "react";
import { beginLink, fetchIdentities, type Identity, unlinkIdentity } from "../api/identities";
import { useLoaded } from "../app/useLoaded";
import { Button } from "../ui/Button";
import { cardClass } from "../ui/Card";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Problem } from "../ui/Page";
import { Actions, Hint } from "../ui/Text";
import { identityInWords } from "../words/identities";

/** The ways in which the user may log in, one more, one less. Not shown where there is nothing to choose. */
export function LogIns() {
  const { loaded, failure, load, busy, change } = useLoaded(fetchIdentities, "Your log-ins could not be loaded.");
  const [asking, setAsking] = useState<Identity | "link">();

  async function unlink({ id }: Identity) {
    setAsking(undefined);
    await change(() => unlinkIdentity(id));
  }

  async function link() {
    setAsking(undefined);
    await change(async () => window.location.assign(await beginLink()));
  }

  if (loaded?.linking === false) return null;
  return (
    <section aria-label="Log-ins" className="grid gap-3">
      <h2 className="text-xl">Log-ins</h2>
      <Hint>Each of them leads to the same user: the same chats, connections and documents.</Hint>
      {failure && (
        <Problem onRetry={() => void load()}>
          <p>{failure}</p>
        </Problem>
      )}
      <ul className="grid gap-3" aria-label="Your log-ins">
        {loaded?.identities.map((identity) => (
          <li key={identity.id} className={cardClass()} data-primary={identity.primary}>
            <p>{identityInWords(identity)}</p>
            {identity.primary ? (
              <Hint>Your first log-in; everything here belongs to it.</Hint>
            ) : (
              <Actions>
                <Button disabled={busy} aria-label={`Unlink ${identityInWords(identity)}`} onClick={() => setAsking(identity)}>
                  Unlink
                </Button>
              </Actions>
            )}
          </li>
        ))}
      </ul>
      {loaded && (
        <Actions>
          <Button disabled={busy} onClick={() => setAsking("link")}>
            Link another log-in
          </Button>
        </Actions>
      )}
      {asking === "link" && (
        <ConfirmDialog title="Link another log-in?" confirm="Go on" onCancel={() => setAsking(undefined)} onConfirm={() => void link()}>
          <p>You log in with it now, and from then on it leads here. Chats and connections that it had as a user of its own are not taken along.</p>
        </ConfirmDialog>
      )}
      {asking !== undefined && asking !== "link" && (
        <ConfirmDialog
          title={`Unlink ${identityInWords(asking)}?`}
          confirm="Unlink"
          onCancel={() => setAsking(undefined)}
          onConfirm={() => void unlink(asking)}
        >
          <p>It will be a user of its own again. Your other sessions end, since they may have been opened with it.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
