import { type FormEvent, useCallback, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { fetchShares, fetchViewers, type Item, removeShare, share, type Share, type Viewer } from "../api/documents";
import { useSession } from "../app/session";
import { Button } from "../ui/Button";
import { DialogFrame } from "../ui/DialogFrame";
import { Input } from "../ui/Field";
import { Actions, Hint } from "../ui/Text";

interface Props {
  item: Item;
  onClose: () => void;
  /** The list says whom something is shared with, too. */
  onChanged: () => void;
}

/** With whom something is shared, and who can see it for which reason. */
export default function ShareDialog({ item, onClose, onChanged }: Props) {
  const { markEnded } = useSession();
  const [shares, setShares] = useState<Share[]>();
  const [viewers, setViewers] = useState<Viewer[]>();
  const [email, setEmail] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [said, setSaid] = useState("");

  const guarded = useCallback(
    async (action: () => Promise<void>) => {
      setBusy(true);
      setFailure(undefined);
      try {
        await action();
      } catch (error) {
        if (error instanceof ApiError && error.isSignedOut) markEnded();
        setFailure(error instanceof Error ? error.message : "That did not work.");
      } finally {
        setBusy(false);
      }
    },
    [markEnded],
  );

  const load = useCallback(async () => {
    const [shares, viewers] = await Promise.all([fetchShares(item), fetchViewers(item)]);
    setShares(shares);
    setViewers(viewers);
  }, [item]);

  useEffect(() => {
    void guarded(load);
  }, [guarded, load]);

  const change = (action: () => Promise<unknown>, words: string) =>
    guarded(async () => {
      setSaid("");
      await action();
      await load();
      setSaid(words);
      onChanged();
    });

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const address = email.trim();
    if (address === "") return;
    void change(async () => {
      await share(item, { email: address });
      setEmail("");
    }, `Shared with ${address}.`);
  }

  return (
    <DialogFrame wide title={`Share “${item.title}”`} onClose={onClose}>
      <form className="grid gap-2" onSubmit={onSubmit}>
        <label className="grid gap-1">
          <span>E-mail address</span>
          <Input type="email" required autoComplete="off" value={email} onChange={({ target }) => setEmail(target.value)} />
        </label>
        <Hint>Whoever logs in with this address, once it is verified, can see {item.kind === "folders" ? "everything in it" : "it"}.</Hint>
        <Actions>
          <Button type="submit" look="primary" disabled={busy}>
            Share
          </Button>
          {!shares?.some(({ everybody }) => everybody) && (
            <Button disabled={busy} onClick={() => void change(() => share(item, { everybody: true }), "Shared with everybody.")}>
              Share with everybody
            </Button>
          )}
        </Actions>
      </form>
      {failure && (
        <p role="alert" className="text-danger wrap-anywhere">
          {failure}
        </p>
      )}
      <p role="status" className="empty:hidden">
        {said}
      </p>
      <section aria-labelledby="shared-with">
        <h3 id="shared-with">Shared with</h3>
        {shares === undefined && !failure && <Hint>Loading…</Hint>}
        {shares?.length === 0 && <Hint>Nobody.</Hint>}
        <ul aria-label="Shares">
          {shares?.map((one) => {
            const name = one.email ?? "Everybody";
            return (
              <li key={one.id} className="flex items-center justify-between gap-2 py-1">
                <span className="min-w-0 wrap-anywhere">{name}</span>
                <Button
                  small
                  disabled={busy}
                  aria-label={`Remove ${name}`}
                  onClick={() => void change(() => removeShare(item, one.id), `No longer shared with ${name}.`)}
                >
                  Remove
                </Button>
              </li>
            );
          })}
        </ul>
      </section>
      <details>
        <summary>Who can see this and why</summary>
        <ul aria-label="Who can see this" className="grid gap-1 pt-2">
          {viewers?.map(({ who, why }) => (
            <li key={who} className="wrap-anywhere">
              {who}
              <span className="text-quiet">: {why.join(", ")}</span>
            </li>
          ))}
        </ul>
      </details>
      <Actions>
        <Button onClick={onClose}>Close</Button>
      </Actions>
    </DialogFrame>
  );
}
