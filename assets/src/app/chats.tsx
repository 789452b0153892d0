import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { ApiError, createChat, deleteChat, fetchChats, renameChat } from "../api/client";
import type { ChatSummary } from "../api/types";
import { useSession } from "./session";

interface ChatsContext {
  /** Newest first; undefined until the first answer. */
  chats: ChatSummary[] | undefined;
  /** Why the list is not up to date, as a sentence. */
  problem: string | undefined;
  refresh: () => Promise<void>;
  create: () => Promise<string>;
  rename: (id: string, title: string) => Promise<void>;
  remove: (id: string) => Promise<void>;
}

const Context = createContext<ChatsContext | null>(null);

/** The user's list of chats, shared by the sidebar and the pages. The server's list is the truth; this is a copy. */
export function ChatsProvider({ children }: { children: ReactNode }) {
  const { markEnded } = useSession();
  const [chats, setChats] = useState<ChatSummary[]>();
  const [problem, setProblem] = useState<string>();

  const report = useCallback(
    (error: unknown) => {
      if (error instanceof ApiError && error.isSignedOut) markEnded();
      setProblem(error instanceof Error ? error.message : "The list of chats could not be loaded.");
    },
    [markEnded],
  );

  const refresh = useCallback(async () => {
    try {
      const list = await fetchChats();
      setChats(list.toSorted((a, b) => b.createdAt - a.createdAt));
      setProblem(undefined);
    } catch (error) {
      report(error);
    }
  }, [report]);

  const create = useCallback(async () => {
    const id = await createChat();
    await refresh();
    return id;
  }, [refresh]);

  const change = useCallback(
    async (optimistic: (list: ChatSummary[]) => ChatSummary[], call: () => Promise<void>) => {
      setChats((list) => list && optimistic(list));
      try {
        await call();
      } catch (error) {
        await refresh();
        report(error);
      }
    },
    [refresh, report],
  );

  const rename = useCallback(
    (id: string, title: string) =>
      change(
        (list) => list.map((chat) => (chat.id === id ? { ...chat, title } : chat)),
        () => renameChat(id, title),
      ),
    [change],
  );

  const remove = useCallback(
    (id: string) =>
      change(
        (list) => list.filter((chat) => chat.id !== id),
        () => deleteChat(id),
      ),
    [change],
  );

  useEffect(() => {
    void refresh();
    const onFocus = () => void refresh();
    window.addEventListener("focus", onFocus);
    return () => window.removeEventListener("focus", onFocus);
  }, [refresh]);

  const value = useMemo(() => ({ chats, problem, refresh, create, rename, remove }), [chats, problem, refresh, create, rename, remove]);
  return <Context value={value}>{children}</Context>;
}

export function useChats(): ChatsContext {
  const value = useContext(Context);
  if (value === null) throw new Error("useChats needs a ChatsProvider above it");
  return value;
}
