import type { UIMessage } from "ai";
import { useRef, useState } from "react";
import { useChats } from "../app/chats";
import { ForeignChat } from "../pages/ForeignChat";
import { Button, IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Composer } from "./Composer";
import { greeting } from "./Greeting";
import { MessageList } from "./MessageList";
import { SessionEnded } from "./SessionEnded";
import type { Link } from "./session";
import { useChatSession } from "./useChatSession";
import { WaitList } from "./WaitList";
import { waitsOf } from "./waits";

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
  const scroller = useRef<HTMLDivElement>(null);
  const { link } = session;

  if (link.state === "closed" && link.reason !== "Unauthorized") return <ForeignChat />;
  const signedOut = link.state === "closed";
  const empty = session.messages.length === 0;
  const waits = waitsOf(session.messages, session.interrupts);

  return (
    <section
      className="flex h-full flex-col"
      aria-label="Chat"
      onKeyDown={(event) => {
        if (event.key === "Escape" && session.busy && !event.nativeEvent.isComposing) session.stop();
      }}
    >
      <header className="flex items-center gap-1 border-b border-line py-2 pr-2 pl-4 max-md:py-1">
        <h1 className="min-w-0 flex-1 truncate text-lg">{title}</h1>
        <LinkState link={link} />
        <Button look="quiet" small aria-pressed={debug} onClick={() => setDebug(!debug)}>
          Debug
        </Button>
        <Button look="quiet" small disabled={empty || signedOut} onClick={() => setClearing(true)}>
          Clear history
        </Button>
      </header>

      <MessageList chatId={id} name={name} session={session} waits={waits} scroller={scroller} debug={debug} ended={signedOut} />

      <div className="mx-auto grid w-full max-w-[calc(var(--container-measure)+2rem)] grid-cols-1 gap-2 px-4 pt-2 pb-3">
        {!signedOut && <WaitList waits={waits} messages={session.messages} scroller={scroller} />}
        {signedOut && <SessionEnded chatId={id} />}
        {session.queue.length > 0 && (
          <ul className="grid gap-1" aria-label="Queued messages">
            {session.queue.map((text, index) => (
              // Two queued messages may be equal, so their place is their identity.
              <li
                key={`${index}-${text}`}
                className="flex items-center justify-between rounded-lg border border-dashed border-control pl-3.5 wrap-anywhere"
              >
                <span>{text}</span>
                <IconButton label={`Remove queued message ${text}`} sign="✕" onClick={() => session.unqueue(index)} />
              </li>
            ))}
          </ul>
        )}
        {!signedOut && (
          <Composer
            draftKey={id}
            placeholder={empty ? greeting(name) : "Say something..."}
            busy={session.busy}
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

/** The dot says it at a glance. On a narrow screen "Online" is only for those who hear it. */
function LinkState({ link }: { link: Link }) {
  const bad = link.state === "reconnecting" || link.state === "closed";
  return (
    <p
      role="status"
      data-state={link.state}
      className={classes("flex flex-none items-center gap-1.5 px-2 text-sm", bad ? "text-danger" : "text-quiet")}
    >
      <span aria-hidden="true" className={classes("size-2 rounded-full", link.state === "online" ? "bg-good" : "bg-current")} />
      <span className={link.state === "online" ? "max-md:sr-only" : ""}>{linkInWords(link)}</span>
    </p>
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
