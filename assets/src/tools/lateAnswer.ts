import type { UIMessage } from "ai";

type ToolPart = Extract<UIMessage["parts"][number], { toolCallId: string }>;

// By call, and not in a component: an answer that is replayed takes its message off the screen for a moment.
const given = new Map<string, boolean>();

/** Remembers what this tab said to a question. */
export function rememberAnswer(toolCallId: string, approved: boolean): void {
  given.set(toolCallId, approved);
}

/**
 * Says that another tab or device had answered first, and otherwise: without a word a card would turn into the opposite of
 * what was pressed on it.
 */
export function lateAnswer(part: ToolPart): string | undefined {
  const here = given.get(part.toolCallId);
  const counts = answerOf(part);
  if (here === undefined || counts === undefined || counts === here) return undefined;
  return `It was already ${counts ? "approved" : "denied"} in another window.`;
}

/** What counts as the answer; undefined while there is none, and where nobody gave one. */
function answerOf(part: ToolPart): boolean | undefined {
  switch (part.state) {
    case "approval-responded":
      return part.approval.approved;
    case "output-available":
      return true;
    case "output-denied":
      return false;
    default:
      return undefined;
  }
}
