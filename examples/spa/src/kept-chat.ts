import type { UIMessage } from "ai";
import type { Interrupt } from "./interrupt.ts";

/** The chat of this tab. Connecting an account leaves the page, so it is kept until the tab is closed or the user logs out. */
export interface KeptChat {
  id: string;
  messages: UIMessage[];
  /** What a connection was asked for, to go on with on the way back. */
  waiting?: Interrupt;
}

const NAME = "calendar-assistant";

export function readChat(): KeptChat {
  const kept = sessionStorage.getItem(NAME);
  return kept === null ? { id: crypto.randomUUID(), messages: [] } : (JSON.parse(kept) as KeptChat);
}

export function keepChat(chat: KeptChat): void {
  sessionStorage.setItem(NAME, JSON.stringify(chat));
}

export function forgetChat(): void {
  sessionStorage.removeItem(NAME);
}
