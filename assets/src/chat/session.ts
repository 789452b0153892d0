import { answersResume, type ChatFrame, noticeOf } from "./frames";
import { INTERRUPT_PREFIX, type Interrupts, parseInterrupt, withInterrupt, withoutLooseInterrupt } from "./interrupts";

/** The socket in words. `closed` is for good: the server refused, and says why. */
export type Link = { state: "connecting" | "online" | "reconnecting" } | { state: "closed"; reason: string };

/** What a chat on screen knows besides the transcript, which the official hook keeps. */
export interface SessionState {
  /** The socket as it opened and closed. */
  socket: "connecting" | "online" | "reconnecting";
  interrupts: Interrupts;
  /** Why the last turn failed, as the server says it. */
  problem: string | undefined;
  /** What is to be known while one waits for the answer. */
  notice: string | undefined;
  /** Messages that wait until the running answer is finished. */
  queue: readonly string[];
  /** The message that was typed on the start page and made this chat. */
  first: string | undefined;
  /** The server has said whether a turn is running. A message sent before would race with that answer in the hook. */
  probed: boolean;
  /** How often the server came to know more than the screen: the transcript is to be read again. */
  doubts: number;
  /** The end of the stream that is running, or comes next, is such a moment. */
  doubtful: boolean;
}

export type SessionEvent =
  | { type: "opened" }
  | { type: "closed" }
  | { type: "frame"; frame: ChatFrame }
  /** The server has not said for a long time whether a turn is running. */
  | { type: "patience ended" }
  /** The start page has left a message. */
  | { type: "first message"; text: string }
  | { type: "queued"; text: string }
  | { type: "unqueued"; index: number }
  /** A message goes to the server now: the user's, the first one or the next of the queue. */
  | { type: "sent"; from: "composer" | "first" | "queue" }
  | { type: "stopped" }
  | { type: "retried" }
  | { type: "cleared" }
  /** A question was answered. */
  | { type: "answered" };

export function initialSession(interrupts: Interrupts): SessionState {
  return {
    socket: "connecting",
    interrupts,
    problem: undefined,
    notice: undefined,
    queue: [],
    first: undefined,
    probed: false,
    doubts: 0,
    doubtful: false,
  };
}

/** What an event changes. Nothing else changes the state of a chat on screen. */
export function sessionReducer(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case "opened":
      // The hook asks a new socket only for a running turn; what began and ended in between is in the transcript alone.
      return { ...state, socket: "online", doubts: state.doubts + 1 };
    case "closed":
      return { ...state, socket: "reconnecting" };
    case "frame":
      return takeFrame(state, event.frame);
    case "patience ended":
      return state.probed ? state : { ...state, probed: true };
    case "first message":
      return { ...state, first: event.text };
    case "queued":
      return { ...state, queue: [...state.queue, event.text] };
    case "unqueued":
      return { ...state, queue: state.queue.filter((_, index) => index !== event.index) };
    case "sent":
      return {
        ...state,
        problem: undefined,
        first: event.from === "first" ? undefined : state.first,
        queue: event.from === "queue" ? state.queue.slice(1) : state.queue,
      };
    case "stopped":
      // The hook lets go of the answer when it sends the stop; the words that were on their way are in the transcript.
      return { ...state, queue: [], doubtful: true };
    case "retried":
      return { ...state, problem: undefined };
    case "cleared":
      return { ...state, problem: undefined, queue: [], interrupts: {} };
    case "answered":
      // The stream that answers an answer says how a call ended, and not what was said to it.
      return { ...state, doubtful: true };
  }
}

/** What is to be sent now, when nothing is being written. */
export function nextMessage(state: SessionState, busy: boolean): { text: string; from: "first" | "queue" } | undefined {
  if (busy || !state.probed) return undefined;
  if (state.first !== undefined) return { text: state.first, from: "first" };
  const [text] = state.queue;
  return text === undefined ? undefined : { text, from: "queue" };
}

/** How the socket stands. `refusal` is what the server said when it refused it; a session that is over cannot come back. */
export function linkOf(state: SessionState, refusal: string | undefined, ended: boolean): Link {
  if (ended) return { state: "closed", reason: "Unauthorized" };
  return refusal === undefined ? { state: state.socket } : { state: "closed", reason: refusal };
}

/** An error of the hook that is none: an interrupt is a question, and a lost socket is repaired. */
export function isHandled(message: string): boolean {
  return message.startsWith(INTERRUPT_PREFIX) || message === SOCKET_LOST;
}

/** The sentence to show as what went wrong: the server's, else the hook's. */
export function problemOf(state: SessionState, hookError: string | undefined): string | undefined {
  return state.problem ?? (hookError !== undefined && !isHandled(hookError) ? hookError : undefined);
}

function takeFrame(before: SessionState, frame: ChatFrame): SessionState {
  const state = { ...before, probed: before.probed || answersResume(frame) };
  if (frame.type === "cf_agent_chat_clear") return { ...state, interrupts: {}, problem: undefined };
  if (frame.type !== "cf_agent_use_chat_response") return state;
  // Whatever comes next takes its place.
  state.notice = noticeOf(frame);
  if (frame.done && state.doubtful) {
    state.doubtful = false;
    state.doubts += 1;
  }
  if (frame.error) {
    const interrupt = parseInterrupt(frame.body ?? "");
    if (interrupt) return { ...state, interrupts: withInterrupt(state.interrupts, interrupt) };
    return { ...state, problem: frame.body || "The assistant could not answer." };
  }
  if (frame.body && !frame.replay) return { ...state, problem: undefined, interrupts: withoutLooseInterrupt(state.interrupts) };
  return state;
}

/** What the hook reports when the socket closes during an answer; the reconnect picks the answer up again. */
const SOCKET_LOST = "WebSocket closed mid-stream";
