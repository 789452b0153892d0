import type { UIMessage } from "ai";
import { useState } from "react";
import { useChats } from "../app/chats";
import { ConfirmDialog } from "../app/Dialog";
import { useSession } from "../app/session";
import { ForeignChat } from "../pages/ForeignChat";
import { Composer } from "./Composer";
import { greeting } from "./Greeting";
import { MessageList } from "./MessageList";
import { SessionEnded } from "./SessionEnded";
import { type Link, useChatSession } from "./useChatSession";
import { waitingNames } from "./waiting";

interface Props {
  id: string;
  name: string;
  initialMessages: UIMessage[];
}

/** One chat: head, conversation, composer. */
export function ChatView({ id, name, initialMessages }: Props) {
  const session = useChatSession(id, initialMessages);
  const { chats } = useChats();
  const [debug, setDebug] = useState(false);
  const [clearing, setClearing] = useState(false);
  const title = chats?.find((chat) => chat.id === id)?.title || "New chat";
  const ended = useSession().session.status === "ended";
  const link: Link = ended ? { state: "closed", reason: "Unauthorized" } : session.link;

  if (link.state === "closed" && link.reason !== "Unauthorized") return <ForeignChat />;
  const signedOut = link.state === "closed";
  const empty = session.messages.length === 0;

  return (
    <section
      className="chat"
      aria-label="Chat"
      onKeyDown={(event) => {
        if (event.key === "Escape" && session.busy && !event.nativeEvent.isComposing) session.stop();
      }}
    >
      <header className="chat-head">
        <h1>{title}</h1>
        <p role="status" className="link-state" data-state={link.state}>
          {linkInWords(link)}
        </p>
        <button type="button" className="button small ghost" aria-pressed={debug} onClick={() => setDebug(!debug)}>
          Debug
        </button>
        <button type="button" className="button small ghost" disabled={empty || signedOut} onClick={() => setClearing(true)}>
          Clear history
        </button>
      </header>

      <MessageList chatId={id} name={name} session={session} debug={debug} ended={signedOut} />

      <div className="chat-foot">
        {signedOut && <SessionEnded chatId={id} />}
        {session.queue.length > 0 && (
          <ul className="queue" aria-label="Queued messages">
            {session.queue.map((text, index) => (
              // Two queued messages may be equal, so their place is their identity.
              <li key={`${index}-${text}`}>
                <span>{text}</span>
                <button type="button" className="icon" aria-label={`Remove queued message ${text}`} onClick={() => session.unqueue(index)}>
                  <span aria-hidden="true">✕</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {!signedOut && (
          <Composer
            draftKey={id}
            placeholder={empty ? greeting(name) : "Say something..."}
            busy={session.busy}
            waits={waitingNames(session).length > 0}
            onSend={session.send}
            onStop={session.busy ? session.stop : undefined}
          />
        )}
      </div>

      {clearing && (
        <ConfirmDialog
          title="Clear the history of this chat?"
          confirm="Clear"
          onCancel={() => setClearing(false)}
          onConfirm={() => {
            setClearing(false);
            session.clear();
          }}
        >
          <p>All messages of this chat will be gone, here and on the server.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function linkInWords(link: Link): string {
  switch (link.state) {
    case "connecting":
      return "Connecting…";
    case "online":
      return "Online";
    case "reconnecting":
      return "Reconnecting… What you send waits until then.";
    case "closed":
      return "Disconnected";
  }
}
