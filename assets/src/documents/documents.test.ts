import { describe, expect, it } from "vitest";
import type { DocumentSummary, Folder, Listing } from "../api/documents";
import { lengthInWords, sharingInWords, uploadInWords } from "../words/documents";
import { firstPart, lastPart, mark } from "./passage";
import { pdfText } from "./pdf";
import { pdfOf } from "./testPdf";
import { contentsOf, folderPath, placesFor, wayTo } from "./tree";
import { isPdf, type Upload, uploadsAfter } from "./uploads";

const folder = (id: string, parent: string | null, mine = true): Folder => ({ id, title: id.toUpperCase(), parent, mine, everybody: false });
const document = (id: string, place: string | null): DocumentSummary => ({
  id,
  title: id.toUpperCase(),
  folder: place,
  mediaType: "text/plain",
  characters: 3,
  createdAt: 1,
  changedAt: 1,
  mine: true,
  everybody: false,
});
const folders = [folder("b", null), folder("a", "b"), folder("deep", "a"), folder("theirs", null, false)];
const listing: Listing = { folders, documents: [document("z", "a"), document("y", null), document("x", "unseen")], cut: false, unchecked: false };

describe("RG-10 the list", () => {
  it("shows what is in a folder, and at the top also what is in a folder that cannot be seen", () => {
    const ids = (place: string | null) => Object.values(contentsOf(listing, place)).map((items) => items.map(({ id }) => id));
    expect(ids(null)).toEqual([
      ["b", "theirs"],
      ["x", "y"],
    ]);
    expect(ids("a")).toEqual([["deep"], ["z"]]);
    expect(ids("unseen")).toEqual([[], []]);
  });

  it("knows the way to a folder, and ends where the server says a circle", () => {
    expect(wayTo(folders, "deep").map(({ id }) => id)).toEqual(["b", "a", "deep"]);
    for (const none of [null, "unseen"]) expect(wayTo(folders, none)).toEqual([]);
    expect(wayTo([folder("1", "2"), folder("2", "1")], "1").map(({ id }) => id)).toEqual(["2", "1"]);
    expect([folderPath(null), folderPath("a b")]).toEqual(["/documents", "/documents?folder=a%20b"]);
  });

  it("offers one's own folders to move into, and never a folder itself or what is in it", () => {
    const places = (kind: "documents" | "folders", id: string) => placesFor(folders, { kind, id, title: "" }).map(({ words }) => words);
    expect(places("documents", "z")).toEqual(["B", "B / A", "B / A / DEEP"]);
    expect(places("folders", "a")).toEqual(["B"]);
  });
});

describe("uploads", () => {
  const after = (...events: Parameters<typeof uploadsAfter>[1][]) => events.reduce<readonly Upload[]>(uploadsAfter, []);
  const chosen = { type: "chosen" as const, uploads: [{ key: "1", name: "a.txt" }] };

  it("go on, end, and do not change after that", () => {
    const sending = { type: "progress" as const, key: "1", state: "sending" as const, progress: 0.5 };
    expect(after(chosen, sending)).toEqual([{ key: "1", name: "a.txt", state: "sending", progress: 0.5 }]);
    const failed = after(chosen, sending, { type: "failed", key: "1", reason: "Too large." }, sending, { type: "done", key: "1" });
    expect(failed).toEqual([{ key: "1", name: "a.txt", state: "failed", progress: 0.5, reason: "Too large." }]);
    expect(failed.map(uploadInWords)).toEqual(["Too large."]);
  });

  it("that are on their way stay in the list", () => {
    const second = { type: "chosen" as const, uploads: [{ key: "2", name: "b.txt" }] };
    expect(after(chosen, second, { type: "done", key: "1" }, { type: "cleared" }).map(({ key }) => key)).toEqual(["2"]);
  });

  it("say how far they are", () => {
    const said = (state: Upload["state"], progress: number) => uploadInWords({ key: "1", name: "a", state, progress });
    expect([said("waiting", 0), said("reading", 0.254), said("sending", 0.5), said("sending", 1), said("done", 1)]).toEqual([
      "Waiting",
      "Reading, 25 %",
      "Uploading, 50 %",
      "Taking it in",
      "Uploaded",
    ]);
  });

  it("tell a PDF by its type or its name", () => {
    expect([isPdf({ name: "A.PDF", type: "" }), isPdf({ name: "a", type: "application/pdf" }), isPdf({ name: "pdf.txt", type: "" })]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("RG-16 the marked passage", () => {
  it("is cut where the browser counts, whatever the script", () => {
    const text = "Käse 🧀 und 水";
    expect(mark(text, 5, 7)).toEqual({ before: "Käse ", marked: "🧀", after: " und 水" });
  });

  it("is nothing where the places are none", () => {
    for (const [start, end] of [
      [0, 0],
      [3, 2],
      [-1, 2],
      [0, 99],
      [Number.NaN, 2],
    ] as const)
      expect(mark("text", start, end)).toEqual({ before: "text", marked: "", after: "" });
  });

  it("of a long text has its neighbourhood, in whole lines", () => {
    expect(lastPart("one\ntwo\nthree", 8)).toEqual({ part: "three", cut: true });
    expect(firstPart("one\ntwo\nthree", 5)).toEqual({ part: "one", cut: true });
    expect([firstPart("short", 5), lastPart("short", 5)]).toEqual([
      { part: "short", cut: false },
      { part: "short", cut: false },
    ]);
    expect(firstPart("x".repeat(10), 4)).toEqual({ part: "xxxx", cut: true });
  });
});

describe("documents in words", () => {
  it("whose it is and who sees it", () => {
    expect(sharingInWords({ mine: true, everybody: false })).toBe("Yours");
    expect(sharingInWords({ mine: false, everybody: false })).toBe("Shared with you");
    expect(sharingInWords({ mine: false, everybody: true })).toBe("Everybody can see it");
    expect([lengthInWords(1), lengthInWords(0)]).toEqual(["1 character", "0 characters"]);
  });
});

describe("RG-10 the text of a PDF", () => {
  it("is read page by page", async () => {
    const seen: number[] = [];
    expect(await pdfText(pdfOf("ZEKO forecast", "Second page"), (done) => seen.push(done))).toBe("ZEKO forecast\n\nSecond page");
    expect(seen).toEqual([1, 2]);
  });

  it("is missing where pages have none, and from what is no PDF", async () => {
    const problem = (bytes: Uint8Array) => pdfText(bytes, () => undefined).then(String, (error: { problem?: string }) => error.problem);
    expect(await problem(pdfOf(""))).toBe("no-text");
    for (const bytes of ["", "not a PDF", "%PDF-1.4\n%%EOF"]) expect(await problem(new TextEncoder().encode(bytes))).toBe("unreadable");
  });
});
