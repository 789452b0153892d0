import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { answerText } from "./Announcer";
import { splitBlocks } from "./blocks";
import { failureOf, partsBeforeFailure } from "./failures";
import { answersResume, changesTranscript, readFrame } from "./frames";
import { linkHost } from "./links";
import { differs } from "./useHistorySync";

describe("a failed turn", () => {
  const part = (text: string) => ({ type: "text" as const, text });
  const metadata = { error: { code: "model_ended_early", message: "It broke off." } };

  it("is told from its metadata, and its sentence is not shown twice", () => {
    const message = { id: "a", role: "assistant" as const, metadata, parts: [part("Half a sen"), part("It broke off.")] };
    expect(failureOf(message)).toBe("It broke off.");
    expect(partsBeforeFailure(message)).toEqual([part("Half a sen")]);
  });

  it("leaves other answers as they are", () => {
    const parts = [part("It broke off.")];
    for (const other of [undefined, { stopped: true }, { error: {} }]) {
      const message = { id: "a", role: "assistant" as const, metadata: other, parts };
      expect(failureOf(message)).toBeUndefined();
      expect(partsBeforeFailure(message)).toBe(parts);
    }
    expect(failureOf(undefined)).toBeUndefined();
  });
});

describe("splitBlocks", () => {
  it("cuts between paragraphs, before headings and around fences, and loses nothing", () => {
    const text = "One\nstill one\n\nTwo\n\n# Head\n\n```js\na\n\nb\n```\nafter";
    expect(splitBlocks(text)).toEqual(["One\nstill one\n", "Two\n", "# Head\n", "```js\na\n\nb\n```", "after"]);
  });

  it("keeps lists, tables, quotes and indented text together with what follows", () => {
    for (const whole of [
      "- a\n\n- b\n\nlazy text",
      "1. a\n\n   inside\n\n2. b",
      "| a |\n|---|\n| 1 |\n\nText",
      "> q\n\nText",
      "    code\n\n    code",
    ]) {
      expect(splitBlocks(whole)).toEqual([whole]);
    }
  });

  it("keeps an open fence whole, whatever stands in it", () => {
    const open = "```\n# no heading\n\nno paragraph";
    expect(splitBlocks(open)).toEqual([open]);
    expect(splitBlocks("~~~~\n```\n~~~\n~~~~\n\nText")).toEqual(["~~~~\n```\n~~~\n~~~~", "Text"]);
  });

  it("does not cut a text with reference definitions", () => {
    const text = "See [a][1]\n\nMore\n\n[1]: https://example.com";
    expect(splitBlocks(text)).toEqual([text]);
  });

  it("gives nothing for nothing", () => {
    expect(splitBlocks("")).toEqual([]);
    expect(splitBlocks("\n\n")).toEqual([]);
  });
});

describe("linkHost", () => {
  const origin = "https://app.example";
  it("names the host of a web address and the address of a mail link", () => {
    expect(linkHost("https://docs.example:8443/x?y", origin)).toBe("docs.example:8443");
    expect(linkHost("/connections", origin)).toBe("app.example");
    expect(linkHost("mailto:ana@example.com", origin)).toBe("ana@example.com");
  });

  it("refuses everything else", () => {
    for (const href of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "http://[", "#top", "", undefined]) {
      expect(linkHost(href, origin)).toBeUndefined();
    }
  });
});

describe("frames", () => {
  it("reads JSON objects with a type and nothing else", () => {
    expect(readFrame('{"type":"cf_agent_chat_clear"}')).toEqual({ type: "cf_agent_chat_clear" });
    for (const other of ["", "{", "null", "[]", "{}", '{"type":1}', new ArrayBuffer(1)]) expect(readFrame(other)).toBeUndefined();
  });

  it("knows which frames change the transcript and which answer a resume question", () => {
    expect(changesTranscript({ type: "cf_agent_message_updated" })).toBe(true);
    expect(changesTranscript({ type: "cf_agent_identity" })).toBe(false);
    expect(answersResume({ type: "cf_agent_stream_resume_none" })).toBe(true);
    expect(answersResume({ type: "cf_agent_use_chat_response" })).toBe(false);
  });
});

const user = (id: string): UIMessage => ({ id, role: "user", parts: [{ type: "text", text: id }] });
const assistant = (text: string): UIMessage => ({ id: "a", role: "assistant", parts: [{ type: "text", text }] });

describe("history", () => {
  it("differs when the server has more, or other text", () => {
    expect(differs([user("1"), assistant("x")], [user("1")])).toBe(true);
    expect(differs([assistant("new")], [assistant("old")])).toBe(true);
    expect(differs([user("1")], [user("1")])).toBe(false);
  });

  it("never takes away a message that is still on its way to the server", () => {
    expect(differs([user("1")], [user("1"), user("2")])).toBe(false);
  });
});

describe("answerText", () => {
  it("reads out an answer without its Markdown signs", () => {
    expect(answerText(assistant("# Yes\n\nSee **[docs](https://x.example)** and `code`."))).toBe("Yes\n\nSee docs and code.");
  });

  it("says nothing about the user's own message and cuts a long answer", () => {
    expect(answerText(user("hi"))).toBe("");
    expect(answerText(undefined)).toBe("");
    const long = answerText(assistant("a".repeat(5_000)));
    expect(long.length).toBeLessThan(700);
    expect(long).toContain("The rest is in the conversation.");
  });
});
