import { getToolName, type UIMessage } from "ai";
import type { Interrupt } from "../chat/interrupts";
import type { ChatSession } from "../chat/useChatSession";
import { connectionName } from "../words/connections";
import { declinedConnection, toolStateInWords, toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { ConfirmCard } from "./ConfirmCard";
import { ConnectCard } from "./ConnectCard";
import { OtherCard } from "./OtherCard";

interface Props {
  chatId: string;
  part: Extract<UIMessage["parts"][number], { toolCallId: string }>;
  interrupt: Interrupt | undefined;
  session: Pick<ChatSession, "approve" | "notNow">;
}

/** A tool call: what it is, how far it got, with which arguments, and the question to the user when it waits for one. */
export function ToolPart({ chatId, part, interrupt, session }: Props) {
  const name = getToolName(part);
  const waiting = part.state === "input-available" ? interrupt : undefined;
  const declined = part.state === "output-error" ? declinedConnection(part.errorText) : undefined;
  const dismissed = declined !== undefined || (part.state === "output-available" && isNotNow(part.output));
  const state = waiting ? "Waiting for you" : dismissed ? "Not now" : toolStateInWords(part.state);

  return (
    <section className="tool" role="group" aria-label={`Tool: ${toolTitle(name)}`} data-state={part.state} data-tone={tone(part.state, waiting !== undefined, dismissed)} data-tool={name}>
      <header>
        <h2>{toolTitle(name)}</h2>
        <p className="tool-state">{state}</p>
      </header>

      {part.state === "approval-requested" && (
        <ConfirmCard
          name={name}
          input={part.input}
          onAnswer={(approved, reason) => session.approve({ id: part.approval.id, toolCallId: part.toolCallId, approved, reason })}
        />
      )}
      {waiting?.kind === "connect" && (
        <ConnectCard chatId={chatId} interrupt={waiting} onNotNow={() => session.notNow({ id: part.toolCallId, name })} />
      )}
      {waiting?.kind === "other" && <OtherCard interrupt={waiting} />}

      {declined !== undefined && <p>You chose not to connect {connectionName(declined)}.</p>}
      {part.state === "output-error" && declined === undefined && <p className="tool-error">{part.errorText}</p>}
      {part.state === "output-denied" && <p>You did not allow this{part.approval.reason ? `: ${part.approval.reason}` : "."}</p>}

      {part.state !== "approval-requested" && <Arguments input={part.input} />}
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
function tone(state: string, waiting: boolean, dismissed: boolean): "busy" | "asking" | "done" | "failed" | "quiet" {
  if (waiting || state === "approval-requested") return "asking";
  if (dismissed || state === "output-denied") return "quiet";
  if (state === "output-error") return "failed";
  return state === "output-available" ? "done" : "busy";
}

/** What this client itself answers with; on screen until the server's own record of it arrives. */
function isNotNow(output: unknown): boolean {
  return typeof output === "object" && output !== null && (output as { notNow?: unknown }).notNow === true;
}
