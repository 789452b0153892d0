import { isToolUIPart, type UIMessage } from "ai";
import { lazy, memo, Suspense, useMemo } from "react";
import { ToolPart } from "../tools/ToolPart";
import { Code } from "../ui/Text";
import { classes } from "../ui/classes";
import { failureOf, partsBeforeFailure } from "./failures";
import type { Interrupts } from "./interrupts";
import { SourceList } from "./SourceList";
import { type Source, sourcesOf } from "./sources";
import type { ChatSession } from "./useChatSession";

/** The Markdown renderer is half of what a chat loads: it comes with the first answer. */
const Markdown = lazy(() => import("./Markdown"));

interface Props {
  chatId: string;
  message: UIMessage;
  /** This message is being written right now. */
  writing: boolean;
  /** The last message: a failure of it is shown below the list, with a way on. */
  last: boolean;
  interrupts: Interrupts;
  session: Pick<ChatSession, "approve" | "notNow" | "settle">;
  debug: boolean;
}

/** One message: the user's on the right, the assistant's on the left. */
export const Message = memo(MessageView, sameMessage);

function MessageView({ chatId, message, writing, last, interrupts, session, debug }: Props) {
  const mine = message.role === "user";
  const failure = last ? undefined : failureOf(message);
  const sources = useSources(message);
  return (
    <article
      className={classes("grid min-w-0 grid-cols-1 gap-2", mine && "justify-items-end")}
      aria-label={mine ? "You" : "Assistant"}
      data-role={message.role}
    >
      {partsBeforeFailure(message).map((part, index) => {
        // Parts are only ever appended, so their place is their identity.
        const key = `${message.id}-${index}`;
        if (part.type === "text") {
          return part.text === "" ? null : mine ? (
            <p key={key} className="bubble max-w-[85%] rounded-2xl rounded-br-sm bg-mine px-3.5 py-2 wrap-anywhere whitespace-pre-wrap">
              {part.text}
            </p>
          ) : (
            <div key={key} className="bubble min-w-0">
              <Suspense fallback={<p className="wrap-anywhere whitespace-pre-wrap">{part.text}</p>}>
                <Markdown text={part.text} writing={writing && part.state === "streaming"} sources={sources} />
              </Suspense>
            </div>
          );
        }
        if (part.type === "reasoning") {
          return part.text === "" ? null : (
            <details key={key} className="text-sm text-quiet">
              <summary>Reasoning</summary>
              <p className="wrap-anywhere whitespace-pre-wrap">{part.text}</p>
            </details>
          );
        }
        if (isToolUIPart(part)) {
          return <ToolPart key={key} chatId={chatId} part={part} interrupt={interrupts[part.toolCallId]} writing={writing} session={session} />;
        }
        return null;
      })}
      {!writing && sources.length > 0 && <SourceList sources={sources} />}
      {failure !== undefined && <p className="text-danger">{failure}</p>}
      {writing && (
        <p className="animate-breathe text-sm" data-testid="writing">
          Writing…
        </p>
      )}
      {debug && (
        <Code label="Message JSON" className="w-full min-w-0">
          {JSON.stringify(message, null, 2)}
        </Code>
      )}
    </article>
  );
}

/** The same list as long as it says the same: a message is another object with every word that is written. */
function useSources(message: UIMessage): readonly Source[] {
  const sources = sourcesOf(message);
  const key = sources.map(({ href, title }) => `${href} ${title}`).join("\n");
  // eslint-disable-next-line react/exhaustive-deps -- the key stands for the list
  return useMemo(() => sources, [key]);
}

/** The session object is new at every render; its functions do not change what a message looks like. */
function sameMessage(before: Props, after: Props): boolean {
  return (
    before.message === after.message &&
    before.writing === after.writing &&
    before.last === after.last &&
    before.interrupts === after.interrupts &&
    before.debug === after.debug &&
    before.chatId === after.chatId
  );
}
