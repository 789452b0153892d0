import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { endingInWords, waitInWords } from "../words/outcomes";
import { INTERRUPT_PREFIX, type Interrupts, parseInterrupt } from "./interrupts";
import { settledOf, type ToolUIPart, waitingOf } from "./outcomes";
import { waitOf, waitsOf } from "./waits";

const part = (state: string, deputy?: object, more: object = {}): ToolUIPart =>
  ({
    type: "tool-buyStock",
    toolCallId: "c1",
    state,
    input: { qty: 3 },
    ...(deputy && { callProviderMetadata: { deputy } }),
    ...more,
  }) as unknown as ToolUIPart;

const phone = {
  outcome: "waiting",
  code: "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING",
  message: "Look at your phone.",
  interruptId: "p1",
  parked: true,
  interrupt: {
    name: "AUTH0_AI_INTERRUPT",
    message: "of the interrupt",
    request: { id: "p1", requestedAt: 1_700_000_000, expiresIn: 300 },
    approvalCode: "AB-CD",
  },
};
const call = { id: "c1", name: "buyStock", args: { qty: 3 } };

describe("how a call stands, from its own part", () => {
  it("is read only where the part's state agrees: a stream leaves what stood there before", () => {
    expect(waitingOf(part("input-available", phone))).toMatchObject({ interruptId: "p1", parked: true });
    expect(waitingOf(part("output-available", phone))).toBeUndefined();
    expect(settledOf(part("output-error", phone))).toBeUndefined();
    expect(settledOf(part("input-available", { outcome: "failed", code: "tool_failed" }))).toBeUndefined();
  });

  it("is the result's metadata before that of the call", () => {
    const late = part("output-error", phone, { resultProviderMetadata: { deputy: { outcome: "not_run", code: "expired" } } });
    expect(settledOf(late)).toEqual({ outcome: "not_run", code: "expired", message: undefined });
  });

  it("is nothing where a server says nothing, or something that cannot be read", () => {
    for (const strange of [undefined, {}, { outcome: "waiting" }, { outcome: 3 }, { outcome: "constructor", code: "x" }]) {
      expect(waitingOf(part("input-available", strange))).toBeUndefined();
      expect(settledOf(part("output-error", strange))).toBeUndefined();
    }
  });
});

describe("the question that belongs to a call", () => {
  it("is made of the part alone, with its own input as arguments", () => {
    expect(waitOf(part("input-available", phone), {})).toEqual({
      kind: "approve",
      id: "p1",
      message: "Look at your phone.",
      call,
      bindingMessage: "",
      approvalCode: "AB-CD",
      expiresAt: 1_700_000_300_000,
    });
    expect(waitOf(part("approval-requested"), {})).toEqual({ kind: "confirm", call, message: undefined });
    expect(waitOf(part("input-available", { outcome: "waiting", code: "OF_TOMORROW", message: "?" }), {})).toMatchObject({
      kind: "other",
      message: "?",
    });
  });

  it("comes from the error of the chat where the part says none", () => {
    const interrupt = parseInterrupt(`${INTERRUPT_PREFIX}${JSON.stringify({ code: "DEPUTY_SIGN_IN", message: "Sign in.", toolCall: call })}`);
    const interrupts: Interrupts = interrupt ? { c1: interrupt } : {};
    expect(waitOf(part("input-available"), interrupts)).toMatchObject({ kind: "sign-in", call });
    expect(waitOf(part("input-available"), {})).toBeUndefined();
    expect(waitOf(part("input-available", phone), interrupts)).toMatchObject({ kind: "approve" });
    expect(waitOf(part("output-available"), interrupts)).toBeUndefined();
  });

  it("is found in every message, oldest first", () => {
    const messages = [
      {
        id: "1",
        role: "assistant",
        parts: [part("input-available", phone, { toolCallId: "a" }), part("approval-requested", undefined, { toolCallId: "b" })],
      },
      { id: "2", role: "user", parts: [{ type: "text", text: "Go on" }] },
      { id: "3", role: "assistant", parts: [part("output-available", { outcome: "completed", code: "completed" }, { toolCallId: "c" })] },
    ] as UIMessage[];
    const waits = waitsOf(messages, {});
    expect(waits.map(({ call: { id } }) => id)).toEqual(["a", "b"]);
    expect(waits.map(waitInWords)).toEqual(["is asked on your phone", "needs your approval"]);
  });
});

describe("AA-05 AA-10 what became of a call, in words", () => {
  const words = (outcome: string, code: string, message?: string, asked?: object) =>
    endingInWords({ outcome, code, message } as never, asked as never);

  it("says what the user did, as far as this tab knows what was asked", () => {
    expect(words("not_run", "not_now", "S", { kind: "connect", connection: "google-oauth2" })).toEqual({
      state: "Not now",
      sentence: "You chose not to connect Google.",
      tone: "quiet",
    });
    expect(words("not_run", "not_now", "S", { kind: "approve" }).sentence).toBe("You did not wait for the approval. It was not run.");
    expect(words("not_run", "not_now", "S").sentence).toBe("S");
  });

  it("says it after a reload and for a parked call too, from the part alone", () => {
    const said = (asked: object) => {
      const settled = settledOf(part("output-error", { outcome: "not_run", code: "not_now", message: "S", asked }));
      return settled && endingInWords(settled, undefined).sentence;
    };
    expect(said({ code: "TOKEN_VAULT_ERROR", connection: "google-oauth2" })).toBe("You chose not to connect Google.");
    expect(said({ code: "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING" })).toBe("You did not wait for the approval. It was not run.");
    expect(said({ code: "DEPUTY_SIGN_IN" })).toBe("You chose not to sign in again. It was not run.");
    for (const strange of [{}, { code: "TOKEN_VAULT_ERROR" }, { code: "constructor" }, [], "x"]) expect(said(strange as object)).toBe("S");
  });

  it("says a no on the phone as one", () => {
    expect(words("denied", "approval_denied")).toEqual({ state: "Denied", sentence: "The user has denied the request", tone: "quiet" });
  });

  it("has a word for every reason, and the server's sentence for one it does not know", () => {
    const known = ["expired", "approval_expired", "superseded", "stopped", "session_ended", "too_many_waits", "turn_failed", "repeated"];
    for (const code of [...known, "relation_denied", "relation_unchecked"]) {
      expect(words("not_run", code, "S").sentence).not.toBe("S");
    }
    for (const code of ["of_tomorrow", "constructor"])
      expect(words("not_run", code, "S")).toEqual({ state: "Not run", sentence: "S", tone: "quiet" });
    expect(words("failed", "provider_down", "Try later.")).toEqual({ state: "Error", sentence: "Try later.", tone: "failed" });
    expect(words("unknown", "outcome_unknown").state).toBe("Unknown");
    expect(words("completed", "completed")).toEqual({ state: "Completed", tone: "done" });
  });
});
