import type { UIMessage } from "ai";

/** Why the turn of this answer failed, as the server says it in the message's metadata; undefined when it did not. */
export function failureOf(message: UIMessage | undefined): string | undefined {
  const { error } = (message?.metadata ?? {}) as { error?: { message?: unknown } };
  return typeof error?.message === "string" && error.message !== "" ? error.message : undefined;
}

/** The parts without the sentence that says the failure: the server ends the text with it, for clients that know no better. */
export function partsBeforeFailure(message: UIMessage): UIMessage["parts"] {
  const failure = failureOf(message);
  const last = message.parts.at(-1);
  return failure !== undefined && last?.type === "text" && last.text === failure ? message.parts.slice(0, -1) : message.parts;
}
