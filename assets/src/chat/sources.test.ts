import type { UIMessage } from "ai";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it, vi } from "vitest";
import Markdown from "./Markdown";
import { citationsIn, sourcesOf } from "./sources";

const passage = (number: number, documentId: string, chunk: number) => ({
  number,
  content: "…",
  documentId,
  title: documentId.toUpperCase(),
  chunk,
  similarity: 0.5,
});
const call = (output: unknown, more: object = {}) =>
  ({
    type: "tool-get_context_documents",
    toolCallId: "c",
    state: "output-available",
    input: {},
    output,
    ...more,
  }) as unknown as UIMessage["parts"][number];

describe("RG-16 the sources of an answer", () => {
  it("are the passages the tool gave, and no note of it", () => {
    const sources = sourcesOf({ parts: [call([passage(1, "a", 0), passage(2, "b c", 7), { note: "Only the 200 nearest …" }])] });
    expect(sources).toEqual([
      { number: 1, title: "A", href: "/documents/a?chunk=0" },
      { number: 2, title: "B C", href: "/documents/b%20c?chunk=7" },
    ]);
  });

  it("are none while the call runs, when it failed, and of other tools", () => {
    const output = [passage(1, "a", 0)];
    const others = [call(output, { state: "input-available" }), call(output, { type: "tool-other" }), call("There is no user logged in.")];
    for (const part of [...others, call(null), call([null, 1, { documentId: 5 }])]) expect(sourcesOf({ parts: [part] })).toEqual([]);
  });

  it("of a second look mean its own numbers", () => {
    const sources = sourcesOf({ parts: [call([passage(1, "a", 0), passage(2, "b", 0)]), call([passage(1, "c", 3)])] });
    expect(sources.map(({ title }) => title)).toEqual(["C", "B"]);
  });
});

describe("citations", () => {
  const sources = sourcesOf({ parts: [call([passage(1, "a", 0), passage(2, "b", 4)])] });
  const [first, second] = sources;

  it("are taken out of a text, one by one or together", () => {
    expect(citationsIn("Yes [1], and [1, 2].", sources)).toEqual(["Yes ", first, ", and ", first, second, "."]);
    expect(citationsIn("[2]", sources)).toEqual([second]);
  });

  it("of what nobody gave stay text", () => {
    for (const text of ["As in [3]", "[1, 3]", "[0]", "[x]", "1]", "[1", ""]) expect(citationsIn(text, sources).join("")).toBe(text);
    expect(citationsIn("[1]", [])).toEqual(["[1]"]);
  });

  it("are links to the passage in an answer, and nowhere else", () => {
    vi.stubGlobal("window", { location: { origin: "http://h" } });
    vi.stubGlobal("location", { pathname: "/c/1", search: "" });
    const html = (text: string) => renderToStaticMarkup(createElement(Markdown, { text, writing: false, sources }));
    expect(html("**Up** [2].")).toContain('<a title="B" aria-label="Source [2]: B" href="/documents/b?chunk=4">[2]</a>');
    expect(html("`[1]`\n\n```\n[1]\n```")).not.toContain("<a");
    expect(html("[1](https://elsewhere.example)")).toContain('href="https://elsewhere.example"');
    // A link that the model wrote is no citation: it names its host.
    expect(html("[x](/documents/a?chunk=0)")).toContain("nofollow");
    vi.unstubAllGlobals();
  });
});
