import type { UIMessage } from "ai";
import { type RefObject, useEffect, useRef } from "react";
import { fetchMessages } from "../api/client";

interface Options {
  id: string;
  /** How often the server came to know more than the screen: the socket was opened, an answer was stopped. */
  doubts: number;
  busy: boolean;
  /** Counts the frames that changed the transcript. */
  changes: RefObject<number>;
  messages: UIMessage[];
  setMessages: (messages: UIMessage[]) => void;
}

/**
 * Reads the transcript again whenever there is a doubt. The hook asks a new socket only for a running turn, so a
 * scheduled task that began and ended in between would stay invisible until a reload.
 */
export function useHistorySync(options: Options): void {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });

  const { id, doubts } = options;
  useEffect(() => {
    if (doubts === 0) return;
    let cancelled = false;
    async function sync() {
      for (let attempt = 0; attempt < ATTEMPTS && !cancelled; attempt++) {
        const before = latest.current.changes.current;
        let stored: UIMessage[];
        try {
          stored = await fetchMessages(id);
        } catch {
          // What is on screen stays; the next opening tries again.
          return;
        }
        const now = latest.current;
        if (cancelled) return;
        if (now.busy || now.changes.current !== before) {
          // The frame that ends a stream is seen here before the hook has taken it in.
          await new Promise((resolve) => setTimeout(resolve, PAUSE));
          continue;
        }
        if (differs(stored, now.messages)) now.setMessages(stored);
        return;
      }
    }
    void sync();
    return () => {
      cancelled = true;
    };
  }, [id, doubts]);
}

const ATTEMPTS = 3;
/** Milliseconds between two attempts. */
const PAUSE = 200;

/** True when the server has something else than the screen, and nothing on the screen is still on its way there. */
export function differs(stored: readonly UIMessage[], shown: readonly UIMessage[]): boolean {
  const last = shown.at(-1);
  if (last?.role === "user" && !stored.some((message) => message.id === last.id)) return false;
  return JSON.stringify(stored) !== JSON.stringify(shown);
}
