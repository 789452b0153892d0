import { useChat } from "@ai-sdk/react";
import type { Auth0Client } from "@auth0/auth0-spa-js";
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls, type UIMessage } from "ai";
import { useEffect, useRef, useState, type SubmitEvent } from "react";
import type { Returned } from "./auth0.ts";
import { ConsentCard } from "./consent-card.tsx";
import { interruptOf, type Interrupt } from "./interrupt.ts";
import { keepChat, readChat } from "./kept-chat.ts";

const API = (import.meta.env.VITE_API_URL as string | undefined) ?? "http://localhost:3001";

interface Props {
  client: Auth0Client;
  returned: Returned;
  onError: (error: unknown) => void;
}

/** A chat with Deputy in the user's name. */
export function Chat({ client, returned, onError }: Props) {
  const [kept] = useState(readChat);
  const [input, setInput] = useState("");
  const resumed = useRef(false);
  const { messages, sendMessage, status, error, setMessages, clearError, addToolOutput } = useChat({
    id: kept.id,
    messages: kept.messages,
    transport: new DefaultChatTransport({
      api: `${API}/chat`,
      headers: async () => ({ authorization: `Bearer ${await client.getTokenSilently()}` }),
    }),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  });
  const interrupt = interruptOf(error);
  const busy = status === "submitted" || status === "streaming";
  const keep = (waiting?: Interrupt) => keepChat({ id: kept.id, messages, ...(waiting ? { waiting } : {}) });

  useEffect(() => {
    const { waiting } = kept;
    if (resumed.current || !waiting) return;
    resumed.current = true;
    // A refused consent leaves the call as it was: the next question goes on without it.
    if (returned !== "connected") return;
    const { id: toolCallId, name } = waiting.toolCall;
    void addToolOutput({ tool: name, toolCallId, output: { continueInterruption: true, toolName: name } });
  }, [kept, returned, addToolOutput]);

  useEffect(() => {
    if (!busy) keepChat({ id: kept.id, messages });
  }, [busy, kept.id, messages]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void sendMessage({ text: input });
    setInput("");
  };

  const failed = (cause: unknown) => {
    keep();
    clearError();
    onError(cause);
  };

  return (
    <main>
      <header>
        <h1>Calendar Assistant</h1>
        {messages.length > 0 && (
          <button type="button" disabled={busy} onClick={() => setMessages([])}>
            Clear
          </button>
        )}
      </header>
      <div role="log">
        {messages.length === 0 ? (
          <>
            <p>Ask me about your calendar events!</p>
            <p>Try: "What meetings do I have today?" or "Show me my upcoming events"</p>
          </>
        ) : (
          messages.map((message) => <Bubble key={message.id} message={message} />)
        )}
        {busy && <p role="status">Thinking...</p>}
      </div>
      {error && !interrupt && <p role="alert">Error: {error.message}</p>}
      {interrupt && <ConsentCard client={client} interrupt={interrupt} onLeave={() => keep(interrupt)} onFailure={failed} />}
      <form onSubmit={submit}>
        <input
          aria-label="Message"
          value={input}
          onChange={(event) => setInput(event.target.value)}
          placeholder="Ask about your calendar..."
          disabled={busy}
        />
        <button type="submit" disabled={busy || input.trim() === ""}>
          Send
        </button>
      </form>
    </main>
  );
}

function Bubble({ message }: { message: UIMessage }) {
  const text = message.parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  return text === "" ? null : <p className={message.role}>{text}</p>;
}
