import { getToolName, isToolUIPart, type UIMessage } from "ai";
import { documentPath } from "../app/routes";
import { isObject } from "./interrupts";

/** A passage that an answer may cite as `[number]`. */
export interface Source {
  /** As the passage was given to the model: from 1. */
  number: number;
  title: string;
  href: string;
}

/** The passages that the documents gave for a message, by their numbers. A later look that gives a number again means its own. */
export function sourcesOf({ parts }: Pick<UIMessage, "parts">): Source[] {
  const sources = new Map<number, Source>();
  for (const part of parts) {
    if (!isToolUIPart(part) || getToolName(part) !== TOOL || part.state !== "output-available") continue;
    for (const source of passagesOf(part.output)) sources.set(source.number, source);
  }
  return [...sources.values()].toSorted((a, b) => a.number - b.number);
}

/** A piece of a text: what stands there, or a citation. */
export type Piece = string | Source;

/** Takes a text apart at the citations of known sources; those of unknown ones stay text. */
export function citationsIn(text: string, sources: readonly Source[]): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(CITATION)) {
    const cited = (match[1] ?? "").split(",").map((written) => sources.find(({ number }) => number === Number(written)));
    if (!cited.every((source) => source !== undefined)) continue;
    if (match.index > end) pieces.push(text.slice(end, match.index));
    pieces.push(...cited);
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

/** What is in the list besides passages is a note to the model. */
function passagesOf(output: unknown): Source[] {
  const items: unknown[] = Array.isArray(output) ? output : [];
  return items.flatMap((item, index) => {
    if (!isObject(item) || typeof item.documentId !== "string") return [];
    const { number, documentId, title, chunk } = item;
    return [
      {
        number: typeof number === "number" ? number : index + 1,
        title: typeof title === "string" && title !== "" ? title : documentId,
        href: documentPath(documentId, typeof chunk === "number" ? chunk : undefined),
      },
    ];
  });
}

const TOOL = "get_context_documents";
const CITATION = /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]/g;
