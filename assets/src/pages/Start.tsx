import { useState } from "react";
import { useLocation } from "wouter";
import { useChats } from "../app/chats";
import { leaveFirstMessage } from "../app/firstMessage";
import { chatPath } from "../app/routes";
import { Composer } from "../chat/Composer";
import { greeting, Suggestions } from "../chat/Greeting";

/** The start page: a greeting, a composer and a few things to try. The first message creates the chat. */
export function StartPage({ name }: { name: string }) {
  const { create } = useChats();
  const [, navigate] = useLocation();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  async function start(text: string): Promise<boolean> {
    if (busy) return false;
    setBusy(true);
    setFailure(undefined);
    try {
      const id = await create();
      leaveFirstMessage(id, text);
      navigate(chatPath(id));
      return true;
    } catch (error) {
      setFailure(error instanceof Error ? error.message : "The chat could not be created.");
      setBusy(false);
      return false;
    }
  }

  return (
    <div className="start">
      <p className="emoji" aria-hidden="true">
        🤖
      </p>
      <h1>Hello {name}</h1>
      <p className="hint">Ask for something, or try one of these:</p>
      <Suggestions onPick={(text) => void start(text)} disabled={busy} />
      {failure && (
        <p role="alert" className="problem">
          {failure}
        </p>
      )}
      <Composer draftKey="start" placeholder={greeting(name)} onSend={start} />
    </div>
  );
}
