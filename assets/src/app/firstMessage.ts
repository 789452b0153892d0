/** Messages typed on the start page, on their way into the chat that was just created for them. */
const waiting = new Map<string, string>();

export function leaveFirstMessage(chatId: string, text: string): void {
  waiting.set(chatId, text);
}

/** Takes the message, so that a second mount of the chat cannot send it again. */
export function takeFirstMessage(chatId: string): string | undefined {
  const text = waiting.get(chatId);
  waiting.delete(chatId);
  return text;
}
