import { useEffect, useId, useRef, useState } from "react";
import { chatPath, choicePath } from "../app/routes";
import { type ConnectInterrupt, connectUrl } from "../chat/interrupts";
import { connectionName } from "../words/connections";
import { scopesInWords } from "../words/scopes";
import { toolPurpose, toolTitle } from "../words/tools";
import { widgetOf } from "../words/widgets";
import { ConnectionIcon } from "./ConnectionIcon";
import { useArrivalFocus } from "./useArrivalFocus";

interface Props {
  chatId: string;
  interrupt: ConnectInterrupt;
  onNotNow: () => void;
}

const PROGRESS = {
  asking: "",
  opened: "Waiting for you to finish in the other window. Deputy goes on by itself.",
  returned: "The account was not connected. You can try again.",
  other: "Another account than before was connected. Nothing is replaced until you have chosen.",
  declined: "",
};

/**
 * Asks for an account: which one, what Deputy may do with it, and why. Consent happens in a pop-up; the server notices
 * when it is complete and goes on by itself, so this card only opens the door and waits to be taken away.
 */
export function ConnectCard({ chatId, interrupt, onNotNow }: Props) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const [progress, setProgress] = useState<keyof typeof PROGRESS>("asking");
  const [copied, setCopied] = useState<string>();
  useArrivalFocus(card);

  const account = connectionName(interrupt.connection);
  const purpose = toolPurpose(interrupt.call.name);
  const widget = widgetOf(interrupt.connection, interrupt.call.name);
  const permissions = scopesInWords(interrupt.missing.length > 0 ? interrupt.missing : interrupt.scopes);
  const popupUrl = connectUrl(interrupt, "/close");
  const sameTabUrl = connectUrl(interrupt, chatPath(chatId));

  useEffect(() => {
    // The pop-up's last page says how it ended; a success needs no words, because the server goes on by itself.
    const channel = new BroadcastChannel("deputy-connect");
    channel.onmessage = ({ data }: MessageEvent<{ connection?: string; connected?: boolean; other?: boolean }>) => {
      if (data.connection !== interrupt.connection || data.connected !== false) return;
      setProgress((now) => (data.other === true ? "other" : now === "opened" || now === "other" ? "returned" : now));
    };
    return () => channel.close();
  }, [interrupt.connection]);

  function authorize() {
    // Inside the click, or the browser blocks it. A blocked pop-up becomes a visit in this tab that comes back to this chat.
    const popup = window.open(popupUrl, "deputy-connect", "popup,width=520,height=720");
    if (popup === null) window.location.assign(sameTabUrl);
    else {
      popup.focus();
      setProgress("opened");
    }
  }

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(new URL(popupUrl, window.location.origin).href);
      setCopied("The link is copied. Open it in a browser where you are logged in here.");
    } catch {
      setCopied("The link could not be copied. Use “Open in this tab” instead.");
    }
  }

  return (
    <section ref={card} className="card ask" aria-labelledby={titleId} tabIndex={-1} data-connection={interrupt.connection}>
      <h3 id={titleId}>Authorization Required.</h3>
      {widget && (
        <p>
          <strong>{widget.title}</strong>
          <br />
          {widget.description}
        </p>
      )}
      <p>
        {purpose ? `To ${purpose}` : `To use “${toolTitle(interrupt.call.name)}”`}, Deputy needs your <strong>{account}</strong> account.
      </p>
      <dl className="consent">
        <dt>Account</dt>
        <dd className="connection-name">
          <ConnectionIcon connection={interrupt.connection} />
          {account}
        </dd>
        <dt>Permissions</dt>
        <dd>
          {permissions.length === 0 ? (
            "What the account shows to every connected application"
          ) : (
            <ul className="permissions">
              {permissions.map((phrase) => (
                <li key={phrase}>{phrase}</li>
              ))}
            </ul>
          )}
        </dd>
      </dl>
      <p className="hint">{interrupt.message} You can take this back at any time under Connections.</p>
      <div className="actions">
        <button type="button" className="button primary" disabled={progress === "declined"} onClick={authorize} title={`Connect ${account}`}>
          Authorize
        </button>
        <button
          type="button"
          className="button"
          disabled={progress === "declined"}
          onClick={() => {
            setProgress("declined");
            onNotNow();
          }}
        >
          Not now
        </button>
        <a className="button small" href={sameTabUrl}>
          Open in this tab
        </a>
        <button type="button" className="button small" onClick={() => void copyLink()}>
          Copy link
        </button>
      </div>
      <p role="status" className="hint">
        {copied ?? PROGRESS[progress]}
        {progress === "other" && (
          <>
            {" "}
            <a href={choicePath(interrupt.connection, chatPath(chatId))}>Choose the account</a>
          </>
        )}
      </p>
    </section>
  );
}
