import { getToolName } from "ai";
import type { Interrupt } from "../chat/interrupts";
import { settledOf, type ToolUIPart } from "../chat/outcomes";
import type { ChatSession } from "../chat/useChatSession";
import { type Wait, waitOf } from "../chat/waits";
import { cardClass } from "../ui/Card";
import { classes } from "../ui/classes";
import { Code, Hint } from "../ui/Text";
import { type Ending, endingInWords } from "../words/outcomes";
import { thanksFor, toolStateInWords, toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { lateAnswer } from "./lateAnswer";
import { WaitCard } from "./WaitCard";

interface Props {
  chatId: string;
  part: ToolUIPart;
  /** What came as the error of the chat for this call. */
  interrupt: Interrupt | undefined;
  /** The answer this call belongs to is being written. */
  writing: boolean;
  session: Pick<ChatSession, "approve" | "notNow" | "settle">;
}

/** A tool call: what it is, how far it got, with which arguments, and the question to the user when it waits for one. */
export function ToolPart({ chatId, part, interrupt, writing, session }: Props) {
  const name = getToolName(part);
  const wait = waitOf(part, interrupt ? { [part.toolCallId]: interrupt } : {});
  const ending = endingOf(part, interrupt);
  // Several calls may wait at once, and an older server puts one question at a time.
  const queued = part.state === "input-available" && !wait && !writing;
  const { state, tone } = ending ?? { state: stateInWords(part.state, wait, queued), tone: wait ? "asking" : queued ? "quiet" : "busy" };
  const late = lateAnswer(part);

  return (
    <section
      className={classes(cardClass(), "w-full *:max-w-full")}
      role="group"
      aria-label={`Tool: ${toolTitle(name)}`}
      data-state={part.state}
      data-tone={tone}
      data-tool={name}
      data-call={part.toolCallId}
    >
      <header className="flex w-full flex-wrap items-baseline justify-between gap-x-4">
        <h2>{toolTitle(name)}</h2>
        <p className={classes("inline-flex items-center gap-1.5 text-sm", tone === "failed" ? "text-danger" : "text-quiet")}>
          <span aria-hidden="true" className={classes("size-2 rounded-full", DOTS[tone])} />
          <span>{state}</span>
        </p>
      </header>

      {wait && <WaitCard chatId={chatId} wait={wait} session={session} />}

      {part.state === "output-available" && interrupt?.kind === "approve" && <p>{thanksFor(name)}</p>}
      {ending?.sentence && <p className={ending.tone === "failed" ? "text-danger wrap-anywhere" : "wrap-anywhere"}>{ending.sentence}</p>}
      {late && <Hint>{late}</Hint>}

      {!(wait && SHOWS_ARGUMENTS.has(wait.kind)) && <Arguments input={part.input} />}
      {part.state !== "input-streaming" && (
        <details className="w-full text-sm text-quiet">
          <summary>Details</summary>
          <h3>Arguments</h3>
          <Code label="Arguments as JSON">{JSON.stringify(part.input ?? null, null, 2)}</Code>
          {part.state === "output-available" && (
            <>
              <h3>Result</h3>
              <Code label="Result as JSON">{JSON.stringify(part.output ?? null, null, 2)}</Code>
            </>
          )}
        </details>
      )}
    </section>
  );
}

/** How the call ended, by its code; by its state alone where the server says no code. */
function endingOf(part: ToolUIPart, asked: Interrupt | undefined): Ending | undefined {
  const settled = settledOf(part);
  const ending = settled && endingInWords(settled, asked);
  switch (part.state) {
    case "output-available":
      return ending ?? { state: "Completed", tone: "done" };
    case "output-denied":
      return { state: "Denied", sentence: `You did not allow this${part.approval.reason ? `: ${part.approval.reason}` : "."}`, tone: "quiet" };
    case "output-error":
      return ending ? { ...ending, sentence: ending.sentence ?? part.errorText } : { state: "Error", sentence: part.errorText, tone: "failed" };
    default:
      return undefined;
  }
}

function stateInWords(state: string, wait: Wait | undefined, queued: boolean): string {
  if (wait && wait.kind !== "confirm") return "Waiting for you";
  return queued ? "Waiting" : toolStateInWords(state);
}

/** Cards that say the arguments themselves. */
const SHOWS_ARGUMENTS: ReadonlySet<Wait["kind"]> = new Set(["confirm", "approve", "outcome"]);

/** What the dot beside the state says at a glance; the word beside it says the same. */
const DOTS = {
  busy: "animate-breathe bg-accent",
  asking: "bg-ask",
  done: "bg-good",
  failed: "bg-danger",
  quiet: "bg-quiet",
};
