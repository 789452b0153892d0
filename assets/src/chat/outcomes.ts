import type { UIMessage } from "ai";
import { isObject } from "./interrupts";

/** A tool call in a message. */
export type ToolUIPart = Extract<UIMessage["parts"][number], { toolCallId: string }>;

/** What became of a call: the kind, a stable code, and the server's sentence, which nobody parses. */
export interface Settled {
  outcome: "completed" | "denied" | "not_run" | "failed" | "unknown";
  code: string;
  message: string | undefined;
  /** What a call that was not run had asked of the user, where the server says it. */
  asked?: Asked | undefined;
}

/** What the user was asked for: which of the cards it was. */
export type Asked = { kind: "connect"; connection: string } | { kind: "approve" | "sign-in" };

/** A call that waits for the user. */
export interface Waiting {
  outcome: "waiting";
  /** The code of the interrupt. */
  code: string;
  message: string | undefined;
  /** Another one each time the user is asked. */
  interruptId: string;
  /** The conversation has gone on meanwhile. */
  parked: boolean;
  /** What the card needs besides; none for a yes or no in the chat. */
  interrupt: Readonly<Record<string, unknown>>;
}

/** How a call has ended, as the server says it in the part's metadata; undefined while it has not, and from a server that does not say it. */
export function settledOf(part: ToolUIPart): Settled | undefined {
  if (!SETTLED_STATES.has(part.state)) return undefined;
  const note = notes(part).find(({ outcome }) => OUTCOMES.has(outcome as string));
  return (
    note && {
      outcome: note.outcome as Settled["outcome"],
      code: String(note.code ?? note.outcome),
      message: textOf(note.message),
      asked: askedOf(note.asked),
    }
  );
}

function askedOf(asked: unknown): Asked | undefined {
  if (!isObject(asked)) return undefined;
  switch (asked.code) {
    case "TOKEN_VAULT_ERROR":
      return typeof asked.connection === "string" ? { kind: "connect", connection: asked.connection } : undefined;
    case "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING":
      return { kind: "approve" };
    case "DEPUTY_SIGN_IN":
      return { kind: "sign-in" };
    default:
      return undefined;
  }
}

/** What a call waits for, as the server says it in the part's metadata, also in an old message. */
export function waitingOf(part: ToolUIPart): Waiting | undefined {
  if (!WAITING_STATES.has(part.state)) return undefined;
  const note = notes(part).find(({ outcome }) => outcome === "waiting");
  if (note === undefined || typeof note.code !== "string") return undefined;
  return {
    outcome: "waiting",
    code: note.code,
    message: textOf(note.message),
    interruptId: textOf(note.interruptId) ?? part.toolCallId,
    parked: note.parked === true,
    interrupt: isObject(note.interrupt) ? note.interrupt : {},
  };
}

/** What stands in the metadata; that of the result is the newer one, and a stream leaves what stood there when the call began. */
function notes(part: ToolUIPart): Record<string, unknown>[] {
  const { resultProviderMetadata, callProviderMetadata } = part as { resultProviderMetadata?: unknown; callProviderMetadata?: unknown };
  return [resultProviderMetadata, callProviderMetadata].flatMap((metadata) =>
    isObject(metadata) && isObject(metadata.deputy) ? [metadata.deputy] : [],
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const OUTCOMES: ReadonlySet<string> = new Set(["completed", "denied", "not_run", "failed", "unknown"]);
const SETTLED_STATES: ReadonlySet<string> = new Set(["output-available", "output-error", "output-denied"]);
const WAITING_STATES: ReadonlySet<string> = new Set(["input-available", "approval-requested"]);
