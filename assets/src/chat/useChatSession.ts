import { useAgentChat } from "@cloudflare/ai-chat/react";
import { useAgent } from "agents/react";
import type { UIMessage } from "ai";
import { useCallback, useEffect, useRef, useState } from "react";
import { useChats } from "../app/chats";
import { takeFirstMessage } from "../app/firstMessage";
import { useSession } from "../app/session";
import type { OutcomeAnswer } from "../tools/OutcomeCard";
import { timeZone } from "../words/time";
import { answersResume, changesTranscript, readFrame } from "./frames";
import { INTERRUPT_PREFIX, type Interrupts, parseInterrupt, withInterrupt, withoutLooseInterrupt } from "./interrupts";
import { useHistorySync } from "./useHistorySync";

/** The socket in words. `closed` is for good: the server refused, and says why. */
export type Link = { state: "connecting" | "online" | "reconnecting" } | { state: "closed"; reason: string };

/** Everything a chat on screen can show and do. */
export interface ChatSession {
  messages: UIMessage[];
  /** An answer is being written, here or by a turn that began elsewhere. */
  busy: boolean;
  link: Link;
  interrupts: Interrupts;
  /** Why the last turn failed, as the server says it. */
  problem: string | undefined;
  /** Messages that wait until the running answer is finished. */
  queue: string[];
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

/** Opens the chat's socket and drives the official hook on it. */
export function useChatSession(id: string, initialMessages: UIMessage[]): ChatSession {
  const { session, recheck } = useSession();
  const { refresh } = useChats();
  const [link, setLink] = useState<Link>({ state: "connecting" });
  const [interrupts, setInterrupts] = useStoredInterrupts(id);
  const [problem, setProblem] = useState<string>();
  const [queue, setQueue] = useState<string[]>([]);
  // Until the server has said whether a turn is running, a message sent would race with that answer in the hook.
  const [probed, setProbed] = useState(false);
  const changes = useRef(0);
  // Moments after which the server may know more than the screen.
  const [doubts, setDoubts] = useState(0);
  const stopped = useRef(false);
  // The stream that answers an answer says how a call ended, and not what was said to it.
  const answered = useRef(false);

  const agent = useAgent({
    agent: "chat",
    name: id,
    // A session that is over cannot be reconnected; the next one has a chat page of its own.
    enabled: session.status === "user",
    protocol: window.location.protocol === "https:" ? "wss" : "ws",
    onOpen: () => {
      setLink({ state: "online" });
      setDoubts((count) => count + 1);
    },
    onClose: () => {
      setLink({ state: "reconnecting" });
      // A refused upgrade looks like a lost connection to the browser; only the server knows whether the session is over.
      void recheck();
    },
    onMessage: (event: MessageEvent) => {
      const frame = readFrame(event.data);
      if (frame === undefined) return;
      if (answersResume(frame)) setProbed(true);
      if (changesTranscript(frame)) changes.current += 1;
      // The server has named the chat after its first message.
      if (frame.type === "deputy_title") void refresh();
      if (frame.type === "cf_agent_chat_clear") {
        setInterrupts(() => ({}));
        setProblem(undefined);
      }
      if (frame.type !== "cf_agent_use_chat_response") return;
      if (frame.done && (stopped.current || answered.current)) {
        // The hook let go of the answer when it sent the stop; the words that were on their way are in the transcript.
        stopped.current = false;
        answered.current = false;
        setDoubts((count) => count + 1);
      }
      if (frame.error) {
        const text = frame.body ?? "";
        const interrupt = parseInterrupt(text);
        if (interrupt) setInterrupts((before) => withInterrupt(before, interrupt));
        else setProblem(text || "The assistant could not answer.");
      } else if (frame.body && !frame.replay) {
        setProblem(undefined);
        setInterrupts(withoutLooseInterrupt);
      }
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

  useHistorySync({ id, doubts, busy, changes, messages, setMessages });

  useEffect(() => {
    const timer = setTimeout(() => setProbed(true), PROBE_PATIENCE);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    // An interrupt is a question and a lost socket is repaired: neither leaves the chat in an error state.
    if (error && (error.message.startsWith(INTERRUPT_PREFIX) || error.message === SOCKET_LOST)) clearError();
  }, [error, clearError]);

  const transmit = useCallback(
    (text: string) => {
      setProblem(undefined);
      void sendMessage({ text });
    },
    [sendMessage],
  );

  const firstMessage = useRef<string | undefined>(undefined);
  useEffect(() => {
    firstMessage.current ??= takeFirstMessage(id);
    if (probed && firstMessage.current !== undefined) {
      const text = firstMessage.current;
      firstMessage.current = undefined;
      transmit(text);
    }
  }, [id, probed, transmit]);

  useEffect(() => {
    const [next, ...rest] = queue;
    if (busy || !probed || next === undefined) return;
    setQueue(rest);
    transmit(next);
  }, [busy, probed, queue, transmit]);

  // Not through the hook's own functions: they show the answer before it counts, have no room for a reason, and ask for a
  // stream at once; a tab whose answer came second then had the message twice. The server shows everybody what counts.
  const answer = (frame: object) => {
    answered.current = true;
    agent.send(JSON.stringify({ ...frame, autoContinue: true }));
  };

  const closed = agent.connectionError;
  return {
    messages,
    busy,
    link: closed ? { state: "closed", reason: closed.reason } : link,
    interrupts,
    problem: problem ?? (error && !isHandled(error.message) ? error.message : undefined),
    queue,
    send: (text) => {
      if (busy || !probed) setQueue((before) => [...before, text]);
      else transmit(text);
      return true;
    },
    unqueue: (index) => setQueue((before) => before.filter((_, at) => at !== index)),
    stop: () => {
      setQueue([]);
      stopped.current = true;
      void chat.stop();
    },
    retry: () => {
      setProblem(undefined);
      void chat.regenerate();
    },
    clear: () => {
      setProblem(undefined);
      setQueue([]);
      setInterrupts(() => ({}));
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

/** What the hook reports when the socket closes during an answer; the reconnect picks the answer up again. */
const SOCKET_LOST = "WebSocket closed mid-stream";
/** Milliseconds after which a message is sent although the server has not said whether a turn is running. */
const PROBE_PATIENCE = 6_000;

function isHandled(message: string): boolean {
  return message.startsWith(INTERRUPT_PREFIX) || message === SOCKET_LOST;
}

/** Interrupts outlive a reload even when a later turn has taken their place in the server's resume record. */
function useStoredInterrupts(id: string): [Interrupts, (change: (before: Interrupts) => Interrupts) => void] {
  const key = `deputy.interrupts.${id}`;
  const [interrupts, setInterrupts] = useState<Interrupts>(() => {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? "{}") as Interrupts;
    } catch {
      return {};
    }
  });
  useEffect(() => {
    try {
      if (Object.keys(interrupts).length === 0) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(interrupts));
    } catch {
      // Without storage the server's copy has to do.
    }
  }, [key, interrupts]);
  return [interrupts, setInterrupts];
}
