import type { Asked, Settled } from "../chat/outcomes";
import type { Interrupt } from "../chat/interrupts";
import type { Wait } from "../chat/waits";
import { connectionName } from "./connections";

/** How a call has ended, for people: a word, a sentence where the word does not say it all, and how it looks. */
export interface Ending {
  state: string;
  sentence?: string | undefined;
  tone: "done" | "quiet" | "failed";
}

/** What the code says. `seen` is what the call had waited for in this tab, for a server that does not say it with the call's end. */
export function endingInWords({ outcome, code, message, asked }: Settled, seen: Interrupt | undefined): Ending {
  switch (outcome) {
    case "completed":
      return { state: "Completed", tone: "done" };
    case "denied":
      return { state: "Denied", sentence: code === "approval_denied" ? "The user has denied the request" : undefined, tone: "quiet" };
    case "not_run":
      if (code === "not_now") return { state: "Not now", sentence: notNowInWords(asked ?? seen) ?? message, tone: "quiet" };
      return { ...(NOT_RUN.get(code) ?? { state: "Not run", sentence: message }), tone: "quiet" };
    case "unknown":
      return { state: "Unknown", sentence: "It is not known whether this happened. Please look before you ask for it again.", tone: "quiet" };
    case "failed":
      return { state: "Error", sentence: message, tone: "failed" };
  }
}

/** What a wait is about, beside the name of its tool. */
export function waitInWords(wait: Wait): string {
  switch (wait.kind) {
    case "confirm":
      return "needs your approval";
    case "connect":
      return `needs your ${connectionName(wait.connection)} account`;
    case "approve":
      return "is asked on your phone";
    case "sign-in":
      return "needs a new login";
    case "outcome":
      return "may have happened or not";
    case "other":
      return "waits for you";
  }
}

function notNowInWords(asked: Asked | Interrupt | undefined): string | undefined {
  switch (asked?.kind) {
    case "connect":
      return `You chose not to connect ${connectionName(asked.connection)}.`;
    case "approve":
      return "You did not wait for the approval. It was not run.";
    case "sign-in":
      return "You chose not to sign in again. It was not run.";
    default:
      return undefined;
  }
}

/** Calls that were not run. A code nobody has put into words is said in the server's words. */
const NOT_RUN = new Map(
  Object.entries({
    expired: { state: "Expired", sentence: "Nobody answered in time. It was not run." },
    approval_expired: { state: "Expired", sentence: "Nobody approved it in time. It was not run." },
    superseded: { state: "Not run", sentence: "Something later took its place. It was not run." },
    stopped: { state: "Stopped", sentence: "You stopped the answer before this was run." },
    session_ended: { state: "Not run", sentence: "Your session had ended. It was not run." },
    repeated: { state: "Not run again", sentence: "The same was asked for before in this answer. It was not run a second time." },
    too_many_waits: { state: "Not run", sentence: "Too much waits for you in this chat already. It was not run." },
    turn_failed: { state: "Not run", sentence: "The answer failed before this was run." },
    relation_denied: { state: "Not allowed", sentence: "You are not allowed to do this. It was not run." },
    relation_unchecked: { state: "Not run", sentence: "Whether you may do this could not be checked. It was not run." },
  }),
);
