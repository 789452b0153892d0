import type { UIMessage } from "ai";
import { useCallback, useEffect, useState } from "react";
import { ApiError, fetchMessages } from "../api/client";
import { useSession } from "../app/session";
import { ForeignChat } from "../pages/ForeignChat";
import { ChatView } from "./ChatView";
import { SessionEnded } from "./SessionEnded";

/**
 * Loads the transcript, then opens the chat. The hook could load it too, but it takes a refusal for an empty history.
 */
export default function ChatPage({ id, name }: { id: string; name: string }) {
  const { session, markEnded } = useSession();
  const [messages, setMessages] = useState<UIMessage[]>();
  const [failure, setFailure] = useState<ApiError>();

  const load = useCallback(async () => {
    setFailure(undefined);
    try {
      setMessages(await fetchMessages(id));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.isSignedOut) markEnded();
      else setFailure(error);
    }
  }, [id, markEnded]);

  useEffect(() => {
    void load();
  }, [load]);

  if (failure?.status === 403 || failure?.status === 404) return <ForeignChat />;
  if (failure) {
    return (
      <div className="page">
        <div className="card" role="alert">
          <h1>This chat could not be loaded</h1>
          <p>{failure.message}</p>
          <button type="button" className="button primary" onClick={() => void load()}>
            Try again
          </button>
        </div>
      </div>
    );
  }
  if (messages === undefined && session.status === "ended") {
    return (
      <div className="page">
        <SessionEnded chatId={id} />
      </div>
    );
  }
  if (messages === undefined) {
    return (
      <p className="hint page" aria-busy="true">
        Loading the chat…
      </p>
    );
  }
  return <ChatView id={id} name={name} initialMessages={messages} />;
}
