import { createElement, type ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Breadcrumbs } from "./Breadcrumbs";
import { DocumentText } from "./DocumentText";
import { type ItemActions, ItemRow } from "./ItemRow";
import { mark } from "./passage";
import { UploadArea } from "./UploadArea";

beforeAll(() => vi.stubGlobal("location", { pathname: "/documents", search: "" }));
afterAll(() => vi.unstubAllGlobals());

const html = (node: ReactNode) => renderToStaticMarkup(node);
const nothing = () => undefined;
const actions: ItemActions = { rename: nothing, move: nothing, remove: nothing, share: nothing };
const row = (mine: boolean) =>
  html(
    createElement(
      ItemRow,
      { item: { kind: "documents", id: "a", title: "Plan" }, href: "/documents/a", mine, place: null, folders: [], actions, children: undefined },
      "Facts",
    ),
  );

describe("RG-12 a row", () => {
  it("offers its owner to share, rename, move and delete it, each by its title", () => {
    const names = [...row(true).matchAll(/aria-label="([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual(["Share Plan", "Rename Plan", "Move Plan", "Delete Plan"]);
  });

  it("offers others to read it and nothing else", () => {
    expect(row(false)).toContain('href="/documents/a"');
    expect(row(false)).not.toContain("<button");
  });
});

describe("RG-16 a document's text", () => {
  const shown = (text: string, start = 0, end = 0) => html(createElement(DocumentText, { text: mark(text, start, end) }));

  it("has the cited passage marked, and HTML in it is text", () => {
    expect(shown("one <b>two</b> three", 4, 14)).toMatch(/one <mark [^>]*>&lt;b&gt;two&lt;\/b&gt;<\/mark> three/);
    expect(shown("one")).not.toContain("<mark");
  });

  it("of a long document begins with what is near, and offers the rest", () => {
    const long = `${"before\n".repeat(20_000)}here${"\nafter".repeat(20_000)}`;
    const near = shown(long, long.indexOf("here"), long.indexOf("here") + 4);
    expect(near.length).toBeLessThan(120_000);
    expect(near.match(/Show the whole text/g)).toHaveLength(2);
    expect(shown(long).match(/Show the whole text/g)).toHaveLength(1);
    expect(shown("short")).not.toContain("Show the whole text");
  });
});

describe("what is around", () => {
  it("the way to a folder leads back, and its last part is where one is", () => {
    const way = html(createElement(Breadcrumbs, { way: [{ id: "f", title: "Plans", parent: null, mine: true, everybody: false }] }));
    expect(way).toContain('<a href="/documents">Documents</a>');
    expect(way).toContain('<span aria-current="page">Plans</span>');
  });

  it("uploads that have ended can be cleared, one that goes on can be stopped", () => {
    const area = (state: "sending" | "done") =>
      html(
        createElement(UploadArea, {
          uploads: [{ key: "1", name: "a.txt", state, progress: 0.5 }],
          onChoose: nothing,
          onStop: nothing,
          onClear: nothing,
        }),
      );
    expect(area("sending")).toContain('aria-label="Stop a.txt"');
    expect(area("sending")).not.toContain("Clear the list");
    expect(area("done")).toContain("Clear the list");
  });
});
