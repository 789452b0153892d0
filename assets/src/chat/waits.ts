import { getToolName, isToolUIPart, type UIMessage } from "ai";
import { type Interrupt, type InterruptedCall, type Interrupts, isObject, readInterrupt } from "./interrupts";
import { type ToolUIPart, waitingOf } from "./outcomes";

/** What a call waits for: a yes in the chat, or what an interrupt asks. */
export type Wait = { kind: "confirm"; call: InterruptedCall; message: string | undefined } | (Interrupt & { call: InterruptedCall });

/**
 * The question to the user that belongs to a call. The part itself says it where the server put it there, so that old messages ask too
 * and several calls at once; else the interrupt that came as the error of the chat.
 */
export function waitOf(part: ToolUIPart, interrupts: Interrupts): Wait | undefined {
  const call = { id: part.toolCallId, name: getToolName(part), args: isObject(part.input) ? part.input : {} };
  if (part.state === "approval-requested") return { kind: "confirm", call, message: waitingOf(part)?.message };
  if (part.state !== "input-available") return undefined;
  const note = waitingOf(part);
  if (note === undefined) {
    const interrupt = interrupts[part.toolCallId];
    return interrupt && { ...interrupt, call: interrupt.call ?? call };
  }
  const { interrupt, code, message = interrupt.message, interruptId } = note;
  return { ...readInterrupt({ ...interrupt, code, message, interruptId, toolCall: call }), call };
}

/** Everything that waits for the user in a conversation, oldest first. */
export function waitsOf(messages: readonly UIMessage[], interrupts: Interrupts): Wait[] {
  return messages.flatMap((message) =>
    message.parts.filter(isToolUIPart).flatMap((part) => {
      const wait = waitOf(part, interrupts);
      return wait ? [wait] : [];
    }),
  );
}
