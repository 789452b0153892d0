import { useState } from "react";
import { useLocation } from "wouter";
import { useChats } from "../app/chats";
import { leaveFirstMessage } from "../app/firstMessage";
import { chatPath } from "../app/routes";
import { Composer } from "../chat/Composer";
import { greeting, Suggestions } from "../chat/Greeting";
import { Hint, Title } from "../ui/Text";

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
    <div className="mx-auto grid min-h-full max-w-measure grid-cols-1 content-center justify-items-center gap-4 p-4 text-center">
      <p className="text-5xl leading-none" aria-hidden="true">
        🤖
      </p>
      <Title>Hello {name}</Title>
      <Hint>Ask for something, or try one of these:</Hint>
      <Suggestions onPick={(text) => void start(text)} disabled={busy} />
      {failure && (
        <p role="alert" className="text-danger">
          {failure}
        </p>
      )}
      <Composer draftKey="start" placeholder={greeting(name)} onSend={start} />
    </div>
  );
}
