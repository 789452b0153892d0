import { isToolUIPart } from "ai";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { OtherCard } from "../tools/OtherCard";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Announcer } from "./Announcer";
import { failureOf } from "./failures";
import { EmptyChat } from "./Greeting";
import { Message } from "./Message";
import type { ChatSession } from "./useChatSession";
import type { Wait } from "./waits";

interface Props {
  chatId: string;
  name: string;
  session: ChatSession;
  waits: readonly Wait[];
  /** The element that scrolls, for whoever wants to know what of it can be seen. */
  scroller: RefObject<HTMLDivElement | null>;
  debug: boolean;
  /** The session is over: nothing in the conversation can be pressed. */
  ended: boolean;
}

/** The conversation. It follows the answer while the reader is at the bottom and stays put when they are not. */
export function MessageList({ chatId, name, session, waits, scroller, debug, ended }: Props) {
  const { messages, busy, interrupts } = session;
  const problem = session.problem ?? (busy ? undefined : failureOf(messages.at(-1)));
  const [atBottom, setAtBottom] = useState(true);
  const stick = useRef(true);
  const measured = useRef("");

  const toBottom = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [scroller]);

  useLayoutEffect(() => {
    if (stick.current) toBottom();
  });

  useEffect(() => {
    // Lazily loaded Markdown, opened disclosures and turned phones change heights without a render of this list.
    const element = scroller.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    const observer = new ResizeObserver(() => {
      if (stick.current) toBottom();
    });
    observer.observe(content);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, toBottom]);

  const lastRole = messages.at(-1)?.role;
  const count = messages.length;
  useEffect(() => {
    // One's own message is always followed, wherever one was reading.
    if (count > 0 && lastRole === "user") {
      stick.current = true;
      setAtBottom(true);
      toBottom();
    }
  }, [count, lastRole, toBottom]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const size = `${scrollHeight}/${clientHeight}`;
    // A window that changes its size moves the end away; only the reader leaves it.
    if (stick.current && size !== measured.current) toBottom();
    else stick.current = scrollHeight - scrollTop - clientHeight < NEAR;
    measured.current = size;
    setAtBottom(stick.current);
  };

  const calls = new Set(messages.flatMap((message) => message.parts.filter(isToolUIPart).map((part) => part.toolCallId)));
  const loose = Object.entries(interrupts).filter(([callId, interrupt]) => interrupt.kind === "other" && !calls.has(callId));
  const waitingForFirstWord = busy && (lastRole !== "assistant" || messages.at(-1)?.parts.length === 0);

  return (
    <div className="relative min-h-0 flex-1">
      {/* The scroller takes the focus so that the arrow keys can scroll it. */}
      <div
        ref={scroller}
        className="h-full overflow-y-auto focus-visible:-outline-offset-2"
        onScroll={onScroll}
        tabIndex={0}
        role="region"
        aria-label="Conversation"
      >
        <div
          className="mx-auto grid max-w-[calc(var(--container-measure)+2rem)] grid-cols-1 content-start gap-4 p-4"
          role="log"
          aria-label="Messages"
          aria-live="off"
          aria-busy={busy}
        >
          <fieldset className="contents" disabled={ended} role="presentation">
            {messages.length === 0 && !busy && <EmptyChat name={name} onPick={session.send} />}
            {messages.map((message, index) => (
              <Message
                key={message.id}
                chatId={chatId}
                message={message}
                last={index === messages.length - 1}
                writing={busy && index === messages.length - 1 && message.role === "assistant"}
                interrupts={interrupts}
                session={session}
                debug={debug}
              />
            ))}
            {session.notice !== undefined && (
              <p className="animate-breathe text-sm" role="status">
                {session.notice}
              </p>
            )}
            {session.notice === undefined && waitingForFirstWord && <p className="animate-breathe text-sm">Waiting for the answer…</p>}
            {loose.map(([callId, interrupt]) => interrupt.kind === "other" && <OtherCard key={callId} interrupt={interrupt} />)}
            {problem !== undefined && (
              <Card tone="problem" role="alert">
                <p>
                  <strong>Error while processing your request</strong>
                </p>
                <p>{problem}</p>
                <Button onClick={session.retry} disabled={busy}>
                  Try again
                </Button>
              </Card>
            )}
          </fieldset>
        </div>
      </div>
      {!atBottom && (
        <Button
          className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-lg"
          onClick={() => {
            stick.current = true;
            setAtBottom(true);
            toBottom();
          }}
        >
          <span aria-hidden="true">↓</span> New messages
        </Button>
      )}
      <Announcer messages={messages} busy={busy} waiting={waits.map(({ call }) => call.name)} />
    </div>
  );
}

/** How many pixels from its end the conversation still counts as being read at the bottom. */
const NEAR = 48;
