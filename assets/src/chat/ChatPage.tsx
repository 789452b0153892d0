import type { UIMessage } from "ai";
import { useCallback, useEffect, useState } from "react";
import { ApiError, fetchMessages } from "../api/client";
import { useSession } from "../app/session";
import { ForeignChat } from "../pages/ForeignChat";
import { Page, Problem } from "../ui/Page";
import { Hint } from "../ui/Text";
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
      <Page>
        <Problem title="This chat could not be loaded" onRetry={() => void load()}>
          <p>{failure.message}</p>
        </Problem>
      </Page>
    );
  }
  if (messages === undefined && session.status === "ended") {
    return (
      <Page>
        <SessionEnded chatId={id} />
      </Page>
    );
  }
  if (messages === undefined) {
    return (
      <Page aria-busy="true">
        <Hint>Loading the chat…</Hint>
      </Page>
    );
  }
  return <ChatView id={id} name={name} initialMessages={messages} />;
}
