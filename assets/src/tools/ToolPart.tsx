import { getToolName, type UIMessage } from "ai";
import type { Interrupt } from "../chat/interrupts";
import type { ChatSession } from "../chat/useChatSession";
import { endingInWords, thanksFor, toolStateInWords, toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { ConfirmCard } from "./ConfirmCard";
import { ConnectCard } from "./ConnectCard";
import { lateAnswer, rememberAnswer } from "./lateAnswer";
import { OtherCard } from "./OtherCard";
import { OutcomeCard } from "./OutcomeCard";
import { PhoneCard } from "./PhoneCard";
import { SignInCard } from "./SignInCard";

interface Props {
  chatId: string;
  part: Extract<UIMessage["parts"][number], { toolCallId: string }>;
  interrupt: Interrupt | undefined;
  /** The answer this call belongs to is being written. */
  writing: boolean;
  session: Pick<ChatSession, "approve" | "notNow" | "settle">;
}

/** A tool call: what it is, how far it got, with which arguments, and the question to the user when it waits for one. */
export function ToolPart({ chatId, part, interrupt, writing, session }: Props) {
  const name = getToolName(part);
  const waiting = part.state === "input-available" ? interrupt : undefined;
  const ending = part.state === "output-error" ? endingInWords(part.errorText) : undefined;
  // Several calls may wait at once, and the server puts one question at a time.
  const queued = part.state === "input-available" && !waiting && !writing;
  const state = waiting ? "Waiting for you" : queued ? "Waiting" : (ending?.state ?? toolStateInWords(part.state));
  const late = lateAnswer(part);
  const call = { id: part.toolCallId, name };

  return (
    <section
      className="tool"
      role="group"
      aria-label={`Tool: ${toolTitle(name)}`}
      data-state={part.state}
      data-tone={tone(part.state, waiting !== undefined, ending !== undefined || queued)}
      data-tool={name}
    >
      <header>
        <h2>{toolTitle(name)}</h2>
        <p className="tool-state">{state}</p>
      </header>

      {part.state === "approval-requested" && (
        <ConfirmCard
          name={name}
          input={part.input}
          onAnswer={(approved, reason) => {
            rememberAnswer(part.toolCallId, approved);
            session.approve({ toolCallId: part.toolCallId, approved, reason });
          }}
        />
      )}
      {waiting?.kind === "connect" && <ConnectCard chatId={chatId} interrupt={waiting} onNotNow={() => session.notNow(call)} />}
      {/* The key: asked again, the card begins again. */}
      {waiting?.kind === "approve" && <PhoneCard key={waiting.id} interrupt={waiting} onNotNow={() => session.notNow(call)} />}
      {waiting?.kind === "sign-in" && <SignInCard key={waiting.id} chatId={chatId} interrupt={waiting} onNotNow={() => session.notNow(call)} />}
      {waiting?.kind === "outcome" && <OutcomeCard key={waiting.id} interrupt={waiting} onAnswer={(answer) => session.settle(call, answer)} />}
      {waiting?.kind === "other" && <OtherCard interrupt={waiting} />}

      {part.state === "output-available" && interrupt?.kind === "approve" && <p>{thanksFor(name)}</p>}
      {ending !== undefined && <p>{ending.sentence}</p>}
      {part.state === "output-error" && ending === undefined && <p className="tool-error">{part.errorText}</p>}
      {part.state === "output-denied" && <p>You did not allow this{part.approval.reason ? `: ${part.approval.reason}` : "."}</p>}

      {late && <p className="hint">{late}</p>}

      {part.state !== "approval-requested" && waiting?.kind !== "approve" && waiting?.kind !== "outcome" && <Arguments input={part.input} />}
      {part.state !== "input-streaming" && (
        <details>
          <summary>Details</summary>
          <h3>Arguments</h3>
          <pre tabIndex={0} aria-label="Arguments as JSON">
            {JSON.stringify(part.input ?? null, null, 2)}
          </pre>
          {part.state === "output-available" && (
            <>
              <h3>Result</h3>
              <pre tabIndex={0} aria-label="Result as JSON">
                {JSON.stringify(part.output ?? null, null, 2)}
              </pre>
            </>
          )}
        </details>
      )}
    </section>
  );
}

/** What the dot beside the state says at a glance; the word beside it says the same. */
function tone(state: string, waiting: boolean, quiet: boolean): "busy" | "asking" | "done" | "failed" | "quiet" {
  if (waiting || state === "approval-requested") return "asking";
  if (quiet || state === "output-denied") return "quiet";
  if (state === "output-error") return "failed";
  return state === "output-available" ? "done" : "busy";
}
