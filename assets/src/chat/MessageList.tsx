import { isToolUIPart } from "ai";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { OtherCard } from "../tools/OtherCard";
import { Announcer } from "./Announcer";
import { failureOf } from "./failures";
import { EmptyChat } from "./Greeting";
import { Message } from "./Message";
import type { ChatSession } from "./useChatSession";
import { waitingNames } from "./waiting";

interface Props {
  chatId: string;
  name: string;
  session: ChatSession;
  debug: boolean;
  /** The session is over: nothing in the conversation can be pressed. */
  ended: boolean;
}

/** The conversation. It follows the answer while the reader is at the bottom and stays put when they are not. */
export function MessageList({ chatId, name, session, debug, ended }: Props) {
  const { messages, busy, interrupts } = session;
  const problem = session.problem ?? (busy ? undefined : failureOf(messages.at(-1)));
  const scroller = useRef<HTMLDivElement>(null);
  const [atBottom, setAtBottom] = useState(true);
  const stick = useRef(true);
  const measured = useRef("");

  const toBottom = () => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  };

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
  }, []);

  const lastRole = messages.at(-1)?.role;
  const count = messages.length;
  useEffect(() => {
    // One's own message is always followed, wherever one was reading.
    if (count > 0 && lastRole === "user") {
      stick.current = true;
      setAtBottom(true);
      toBottom();
    }
  }, [count, lastRole]);

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
    <div className="conversation">
      {/* The scroller takes the focus so that the arrow keys can scroll it. */}
      <div ref={scroller} className="scroller" onScroll={onScroll} tabIndex={0} role="region" aria-label="Conversation">
        <div className="messages" role="log" aria-label="Messages" aria-live="off" aria-busy={busy}>
          <fieldset className="bare" disabled={ended} role="presentation">
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
            {waitingForFirstWord && <p className="writing">Waiting for the answer…</p>}
            {loose.map(([callId, interrupt]) => interrupt.kind === "other" && <OtherCard key={callId} interrupt={interrupt} />)}
            {problem !== undefined && (
              <div className="card problem-card" role="alert">
                <p>
                  <strong>Error while processing your request</strong>
                </p>
                <p>{problem}</p>
                <button type="button" className="button" onClick={session.retry} disabled={busy}>
                  Try again
                </button>
              </div>
            )}
          </fieldset>
        </div>
      </div>
      {!atBottom && (
        <button
          type="button"
          className="button jump"
          onClick={() => {
            stick.current = true;
            setAtBottom(true);
            toBottom();
          }}
        >
          <span aria-hidden="true">↓</span> New messages
        </button>
      )}
      <Announcer messages={messages} busy={busy} waiting={waitingNames(session)} />
    </div>
  );
}

/** How many pixels from its end the conversation still counts as being read at the bottom. */
const NEAR = 48;
