import { useEffect } from "react";
import type { Interrupts } from "./interrupts";

/** The interrupts this tab knew before it was reloaded: a later turn may have taken their place in the server's resume record. */
export function readInterrupts(chatId: string): Interrupts {
  try {
    return JSON.parse(sessionStorage.getItem(key(chatId)) ?? "{}") as Interrupts;
  } catch {
    return {};
  }
}

/** Keeps them for as long as the tab lives. */
export function useStoredInterrupts(chatId: string, interrupts: Interrupts): void {
  useEffect(() => {
    try {
      if (Object.keys(interrupts).length === 0) sessionStorage.removeItem(key(chatId));
      else sessionStorage.setItem(key(chatId), JSON.stringify(interrupts));
    } catch {
      // Without storage the server's copy has to do.
    }
  }, [chatId, interrupts]);
}

const key = (chatId: string) => `deputy.interrupts.${chatId}`;
