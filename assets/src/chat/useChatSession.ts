import { useAgentChat } from "@cloudflare/ai-chat/react";
import { useAgent } from "agents/react";
import type { UIMessage } from "ai";
import { useCallback, useEffect, useReducer, useRef } from "react";
import { useChats } from "../app/chats";
import { takeFirstMessage } from "../app/firstMessage";
import { useSession } from "../app/session";
import type { OutcomeAnswer } from "../tools/OutcomeCard";
import { timeZone } from "../words/time";
import { changesTranscript, readFrame } from "./frames";
import type { Interrupts } from "./interrupts";
import { initialSession, isHandled, type Link, linkOf, nextMessage, problemOf, sessionReducer } from "./session";
import { readInterrupts, useStoredInterrupts } from "./storedInterrupts";
import { useHistorySync } from "./useHistorySync";

/** Everything a chat on screen can show and do. */
export interface ChatSession {
  messages: UIMessage[];
  /** An answer is being written, here or by a turn that began elsewhere. */
  busy: boolean;
  link: Link;
  interrupts: Interrupts;
  /** Why the last turn failed, as the server says it. */
  problem: string | undefined;
  /** What is to be known while one waits for the answer. */
  notice: string | undefined;
  /** Messages that wait until the running answer is finished. */
  queue: readonly string[];
  send: (text: string) => boolean;
  unqueue: (index: number) => void;
  stop: () => void;
  retry: () => void;
  clear: () => void;
  /** Answers an approval; the reason of a refusal goes to the model. */
  approve: (approval: { toolCallId: string; approved: boolean; reason?: string | undefined }) => void;
  /** Ends a wait: the account is not connected, the approval not waited for. */
  notNow: (call: { id: string; name: string }) => void;
  /** Says what is to become of a call whose outcome is unknown. */
  settle: (call: { id: string; name: string }, answer: OutcomeAnswer) => void;
}

/** Opens the chat's socket and drives the official hook on it; what happens to the state is decided by the reducer alone. */
export function useChatSession(id: string, initialMessages: UIMessage[]): ChatSession {
  const { session, recheck } = useSession();
  const { refresh } = useChats();
  const [state, dispatch] = useReducer(sessionReducer, id, (chatId) => initialSession(readInterrupts(chatId)));
  useStoredInterrupts(id, state.interrupts);
  // Not state: whoever reads the transcript has to know it at the moment the frame arrives, not at the next render.
  const changes = useRef(0);

  const agent = useAgent({
    agent: "chat",
    name: id,
    // A session that is over cannot be reconnected; the next one has a chat page of its own.
    enabled: session.status === "user",
    protocol: window.location.protocol === "https:" ? "wss" : "ws",
    onOpen: () => dispatch({ type: "opened" }),
    onClose: () => {
      dispatch({ type: "closed" });
      // A refused upgrade looks like a lost connection to the browser; only the server knows whether the session is over.
      void recheck();
    },
    onMessage: (event: MessageEvent) => {
      const frame = readFrame(event.data);
      if (frame === undefined) return;
      if (changesTranscript(frame)) changes.current += 1;
      dispatch({ type: "frame", frame });
      // The server has named the chat after its first message.
      if (frame.type === "deputy_title") void refresh();
    },
  });

  const chat = useAgentChat({
    agent,
    // The page has loaded the transcript already; see ChatPage.
    getInitialMessages: null,
    messages: initialMessages,
    // The server's transcript is the truth: what this client shows is never uploaded as a whole.
    syncMessagesToServer: false,
    body: () => ({ timeZone: timeZone() }),
    onTurnEnd: () => void refresh(),
  });
  const { messages, status, error, setMessages, sendMessage, clearError } = chat;
  const busy = status === "submitted" || chat.isStreaming || chat.isRecovering;

  useHistorySync({ id, doubts: state.doubts, busy, changes, messages, setMessages });

  useEffect(() => {
    const timer = setTimeout(() => dispatch({ type: "patience ended" }), PROBE_PATIENCE);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    // Neither leaves the chat in an error state.
    if (error && isHandled(error.message)) clearError();
  }, [error, clearError]);

  useEffect(() => {
    const text = takeFirstMessage(id);
    if (text !== undefined) dispatch({ type: "first message", text });
  }, [id]);

  const transmit = useCallback(
    (text: string, from: "composer" | "first" | "queue") => {
      dispatch({ type: "sent", from });
      void sendMessage({ text });
    },
    [sendMessage],
  );

  const next = nextMessage(state, busy);
  const nextText = next?.text;
  const nextFrom = next?.from;
  useEffect(() => {
    if (nextText !== undefined && nextFrom !== undefined) transmit(nextText, nextFrom);
  }, [nextText, nextFrom, transmit]);

  // Not through the hook's own functions: they show the answer before it counts, have no room for a reason, and ask for a
  // stream at once; a tab whose answer came second then had the message twice. The server shows everybody what counts.
  const answer = (frame: object) => {
    dispatch({ type: "answered" });
    agent.send(JSON.stringify({ ...frame, autoContinue: true }));
  };

  return {
    messages,
    busy,
    link: linkOf(state, agent.connectionError?.reason, session.status === "ended"),
    interrupts: state.interrupts,
    problem: problemOf(state, error?.message),
    notice: busy ? state.notice : undefined,
    queue: state.queue,
    send: (text) => {
      if (busy || !state.probed) dispatch({ type: "queued", text });
      else transmit(text, "composer");
      return true;
    },
    unqueue: (index) => dispatch({ type: "unqueued", index }),
    stop: () => {
      dispatch({ type: "stopped" });
      void chat.stop();
    },
    retry: () => {
      dispatch({ type: "retried" });
      void chat.regenerate();
    },
    clear: () => {
      dispatch({ type: "cleared" });
      chat.clearHistory();
    },
    approve: ({ toolCallId, approved, reason }) => answer({ type: "cf_agent_tool_approval", toolCallId, approved, ...(reason ? { reason } : {}) }),
    notNow: ({ id: toolCallId, name }) => answer({ type: "cf_agent_tool_result", toolCallId, toolName: name, output: OUTCOME_ANSWERS.leave }),
    settle: ({ id: toolCallId, name }, outcome) =>
      answer({ type: "cf_agent_tool_result", toolCallId, toolName: name, output: OUTCOME_ANSWERS[outcome] }),
  };
}

/** Answers about a call whose outcome is unknown, as the server reads them. */
const OUTCOME_ANSWERS: Record<OutcomeAnswer, object> = {
  check: { continueInterruption: true },
  retry: { outcome: "retry" },
  done: { outcome: "done" },
  leave: { notNow: true },
};

/** Milliseconds after which a message is sent although the server has not said whether a turn is running. */
const PROBE_PATIENCE = 6_000;
