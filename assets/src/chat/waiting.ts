import { getToolName, isToolUIPart } from "ai";
import type { ChatSession } from "./useChatSession";

/** Names of the tools whose calls need an answer from the user. */
export function waitingNames({ messages, interrupts }: Pick<ChatSession, "messages" | "interrupts">): string[] {
  return messages.flatMap((message) =>
    message.parts
      .filter(isToolUIPart)
      .filter((part) => part.state === "approval-requested" || (part.state === "input-available" && part.toolCallId in interrupts))
      .map(getToolName),
  );
}
