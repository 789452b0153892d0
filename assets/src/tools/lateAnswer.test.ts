import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { lateAnswer, rememberAnswer } from "./lateAnswer";

const part = (toolCallId: string, state: string, approved?: boolean) =>
  ({ type: "tool-x", toolCallId, state, input: {}, approval: { id: "a", approved } }) as unknown as Extract<
    UIMessage["parts"][number],
    { toolCallId: string }
  >;

describe("CF-18 an answer that came second", () => {
  it("is told what counts, and only where it says something else", () => {
    rememberAnswer("denied-here", false);
    rememberAnswer("approved-here", true);
    expect(lateAnswer(part("denied-here", "output-available"))).toBe("It was already approved in another window.");
    expect(lateAnswer(part("denied-here", "approval-responded", true))).toBe("It was already approved in another window.");
    expect(lateAnswer(part("approved-here", "output-denied"))).toBe("It was already denied in another window.");
    for (const same of [
      part("denied-here", "output-denied"),
      part("approved-here", "output-available"),
      part("approved-here", "approval-responded", true),
    ])
      expect(lateAnswer(same)).toBeUndefined();
  });

  it("is nothing to those who gave none, and nothing while it waits or after it failed", () => {
    expect(lateAnswer(part("watched", "output-denied"))).toBeUndefined();
    for (const state of ["approval-requested", "output-error"]) expect(lateAnswer(part("denied-here", state))).toBeUndefined();
  });
});
