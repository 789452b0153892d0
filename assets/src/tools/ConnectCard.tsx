import { useEffect, useState } from "react";
import { chatPath, choicePath } from "../app/routes";
import { type ConnectInterrupt, connectUrl } from "../chat/interrupts";
import { Button, ButtonLink } from "../ui/Button";
import { Actions, Checks, Facts, Hint } from "../ui/Text";
import { connectionName } from "../words/connections";
import { scopesInWords } from "../words/scopes";
import { toolPurpose, toolTitle } from "../words/tools";
import { widgetOf } from "../words/widgets";
import { AskCard } from "./AskCard";
import { ConnectionIcon } from "./ConnectionIcon";
import { callInWords } from "../words/values";

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
  const [progress, setProgress] = useState<keyof typeof PROGRESS>("asking");
  const [copied, setCopied] = useState<string>();

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
    <AskCard title="Authorization Required." about={callInWords(interrupt.call.name, interrupt.call.args)} data-connection={interrupt.connection}>
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
      <Facts>
        <dt>Account</dt>
        <dd className="flex items-center gap-2">
          <ConnectionIcon connection={interrupt.connection} />
          {account}
        </dd>
        <dt>Permissions</dt>
        <dd>
          {permissions.length === 0 ? (
            "What the account shows to every connected application"
          ) : (
            <Checks>
              {permissions.map((phrase) => (
                <li key={phrase}>{phrase}</li>
              ))}
            </Checks>
          )}
        </dd>
      </Facts>
      <Hint>{interrupt.message} You can take this back at any time under Connections.</Hint>
      <Actions>
        <Button look="primary" disabled={progress === "declined"} onClick={authorize} title={`Connect ${account}`}>
          Authorize
        </Button>
        <Button
          disabled={progress === "declined"}
          onClick={() => {
            setProgress("declined");
            onNotNow();
          }}
        >
          Not now
        </Button>
        <ButtonLink small href={sameTabUrl}>
          Open in this tab
        </ButtonLink>
        <Button small onClick={() => void copyLink()}>
          Copy link
        </Button>
      </Actions>
      <Hint role="status" className="empty:absolute">
        {copied ?? PROGRESS[progress]}
        {progress === "other" && (
          <>
            {" "}
            <a href={choicePath(interrupt.connection, chatPath(chatId))}>Choose the account</a>
          </>
        )}
      </Hint>
    </AskCard>
  );
}
