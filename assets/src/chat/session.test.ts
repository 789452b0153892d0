import { describe, expect, it } from "vitest";
import { INTERRUPT_PREFIX } from "./interrupts";
import { initialSession, isHandled, linkOf, nextMessage, problemOf, sessionReducer, type SessionEvent, type SessionState } from "./session";

const RESPONSE = "cf_agent_use_chat_response";

/** The state after events, one after the other. */
function after(...events: SessionEvent[]): SessionState {
  return events.reduce(sessionReducer, initialSession({}));
}

const frame = (fields: { type?: string; body?: string; error?: boolean; done?: boolean; replay?: boolean }): SessionEvent => ({
  type: "frame",
  frame: { type: RESPONSE, ...fields },
});
const opened: SessionEvent = { type: "opened" };
const noTurn = frame({ type: "cf_agent_stream_resume_none" });
const interrupt = (id: string, code = "DEPUTY_SIGN_IN") =>
  frame({
    error: true,
    done: true,
    body: `${INTERRUPT_PREFIX}${JSON.stringify({ code, message: "Sign in.", interruptId: `i-${id}`, toolCall: { id, name: "t", args: {} } })}`,
  });

describe("a message sent before the server has said whether a turn is running", () => {
  it("waits, and goes when the server has answered", () => {
    const typed = after(opened, { type: "queued", text: "hi" });
    expect(nextMessage(typed, false)).toBeUndefined();
    for (const answer of ["resume_none", "resuming", "pending"]) {
      expect(nextMessage(sessionReducer(typed, frame({ type: `cf_agent_stream_${answer}` })), false)).toEqual({ text: "hi", from: "queue" });
    }
  });

  it("goes at last when the server never answers", () => {
    const patient = after({ type: "queued", text: "hi" }, { type: "patience ended" });
    expect(nextMessage(patient, false)?.text).toBe("hi");
    expect(sessionReducer(patient, { type: "patience ended" })).toBe(patient);
  });

  it("is the message of the start page before any other, and is sent once", () => {
    const both = after({ type: "queued", text: "second" }, { type: "first message", text: "first" }, noTurn);
    expect(nextMessage(both, false)).toEqual({ text: "first", from: "first" });
    const sent = sessionReducer(both, { type: "sent", from: "first" });
    expect(nextMessage(sent, true)).toBeUndefined();
    expect(nextMessage(sent, false)).toEqual({ text: "second", from: "queue" });
    expect(sent.queue).toEqual(["second"]);
  });
});

describe("the queue", () => {
  const three = after(noTurn, { type: "queued", text: "a" }, { type: "queued", text: "a" }, { type: "queued", text: "b" });

  it("goes out one by one, only when nothing is written", () => {
    expect(nextMessage(three, true)).toBeUndefined();
    expect(sessionReducer(three, { type: "sent", from: "queue" }).queue).toEqual(["a", "b"]);
    expect(sessionReducer(three, { type: "sent", from: "composer" }).queue).toEqual(["a", "a", "b"]);
  });

  it("loses one of two equal messages, and all when the user stops or clears", () => {
    expect(sessionReducer(three, { type: "unqueued", index: 1 }).queue).toEqual(["a", "b"]);
    expect(sessionReducer(three, { type: "stopped" }).queue).toEqual([]);
    expect(sessionReducer(three, { type: "cleared" }).queue).toEqual([]);
  });
});

describe("moments at which the server knows more than the screen", () => {
  it("are each opening of the socket", () => {
    const again = after(opened, { type: "closed" }, opened);
    expect([again.doubts, again.socket]).toEqual([2, "online"]);
    expect(after(opened, { type: "closed" }).socket).toBe("reconnecting");
  });

  it("are the end of an answer that was stopped and of one that answers an answer, once", () => {
    for (const type of ["stopped", "answered"] as const) {
      const running = after(opened, { type }, frame({ body: "{}" }));
      expect(running.doubts).toBe(1);
      const done = sessionReducer(running, frame({ body: "", done: true }));
      expect(done.doubts).toBe(2);
      expect(sessionReducer(done, frame({ body: "", done: true })).doubts).toBe(2);
    }
  });

  it("are not the end of an ordinary answer", () => {
    expect(after(opened, frame({ done: true })).doubts).toBe(1);
  });

  it("are the end of an answer also when it ends with a question or a failure", () => {
    expect(after(opened, { type: "answered" }, interrupt("c1")).doubts).toBe(2);
    expect(after(opened, { type: "stopped" }, frame({ error: true, done: true, body: "No." })).doubts).toBe(2);
  });
});

describe("interrupts", () => {
  it("are kept by call, several at once, and are no problem", () => {
    const state = after(interrupt("c1"), interrupt("c2", "DEPUTY_OUTCOME_UNKNOWN"));
    expect(Object.entries(state.interrupts).map(([id, { kind }]) => [id, kind])).toEqual([
      ["c1", "sign-in"],
      ["c2", "outcome"],
    ]);
    expect(state.problem).toBeUndefined();
  });

  it("without a call are forgotten when a new answer begins, and not when an old one is replayed", () => {
    const loose = frame({ error: true, body: `${INTERRUPT_PREFIX}{}` });
    expect(after(loose, frame({ body: "{}" })).interrupts).toEqual({});
    expect(Object.keys(after(loose, frame({ body: "{}", replay: true })).interrupts)).toEqual([""]);
    expect(Object.keys(after(interrupt("c1"), frame({ body: "{}" })).interrupts)).toEqual(["c1"]);
  });

  it("are gone with the history, whoever clears it", () => {
    expect(after(interrupt("c1"), frame({ type: "cf_agent_chat_clear" })).interrupts).toEqual({});
    expect(after(interrupt("c1"), { type: "cleared" }).interrupts).toEqual({});
  });

  it("outlive a lost socket", () => {
    expect(Object.keys(after(opened, interrupt("c1"), { type: "closed" }, opened, noTurn).interrupts)).toEqual(["c1"]);
  });
});

describe("what went wrong", () => {
  it("is the server's sentence, until something new begins", () => {
    const failed = after(frame({ error: true, body: "The model is not available." }));
    expect(problemOf(failed, "hook")).toBe("The model is not available.");
    expect(problemOf(sessionReducer(failed, frame({ body: "{}", replay: true })), undefined)).toBe("The model is not available.");
    for (const event of [frame({ body: "{}" }), { type: "retried" }, { type: "cleared" }, { type: "sent", from: "composer" }] as SessionEvent[]) {
      expect(problemOf(sessionReducer(failed, event), undefined)).toBeUndefined();
    }
    expect(after(frame({ error: true })).problem).toBe("The assistant could not answer.");
  });

  it("is the hook's where the server said nothing, unless it is a question or a lost socket", () => {
    expect(problemOf(after(), "Too large")).toBe("Too large");
    for (const handled of [`${INTERRUPT_PREFIX}{}`, "WebSocket closed mid-stream"]) {
      expect(isHandled(handled)).toBe(true);
      expect(problemOf(after(), handled)).toBeUndefined();
    }
  });
});

describe("a notice", () => {
  const notice = frame({ body: JSON.stringify({ type: "data-notice", data: { code: "model_busy", text: "Trying again." }, transient: true }) });

  it("t25: is shown until something else comes, and is no part of the answer", () => {
    const waiting = after(frame({ body: "{}" }), notice);
    expect(waiting.notice).toBe("Trying again.");
    expect(waiting.problem).toBeUndefined();
    expect(sessionReducer(waiting, frame({ body: '{"type":"text-start","id":"t"}' })).notice).toBeUndefined();
    expect(sessionReducer(waiting, frame({ error: true, body: "No." })).notice).toBeUndefined();
  });

  it("is not what an answer says about notices", () => {
    const text = JSON.stringify({ type: "text-delta", id: "t", delta: 'data-notice {"type":"data-notice"}' });
    expect(after(frame({ body: text }), frame({ body: "data-notice" })).notice).toBeUndefined();
  });
});

describe("the socket in words", () => {
  it("is closed for good when the session is over or the server has refused", () => {
    expect(linkOf(after(opened), undefined, true)).toEqual({ state: "closed", reason: "Unauthorized" });
    expect(linkOf(after(opened), "Forbidden", false)).toEqual({ state: "closed", reason: "Forbidden" });
    expect(linkOf(after(), undefined, false)).toEqual({ state: "connecting" });
    expect(linkOf(after(opened, { type: "closed" }), undefined, false)).toEqual({ state: "reconnecting" });
  });
});
