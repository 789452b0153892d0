import { getDocumentProxy } from "unpdf";

/** Why a PDF gives no text. */
export type PdfProblem = "password" | "unreadable" | "too-many-pages" | "no-text";

export class PdfError extends Error {
  readonly problem: PdfProblem;

  constructor(problem: PdfProblem) {
    super(problem);
    this.name = "PdfError";
    this.problem = problem;
  }
}

/** The text of a PDF, page by page, in the order in which it was written. */
export async function pdfText(bytes: Uint8Array, onPage: (done: number, all: number) => void): Promise<string> {
  const pdf = await open(bytes);
  if (pdf.numPages > MOST_PAGES) throw new PdfError("too-many-pages");
  const pages: string[] = [];
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const { items } = await (await pdf.getPage(number)).getTextContent();
    const text = items.map((item) => ("str" in item ? `${item.str}${item.hasEOL ? "\n" : ""}` : "")).join("");
    pages.push(text.trim());
    onPage(number, pdf.numPages);
  }
  const text = pages.filter((page) => page !== "").join("\n\n");
  // Pages that were scanned are pictures.
  if (text === "") throw new PdfError("no-text");
  return text;
}

async function open(bytes: Uint8Array) {
  try {
    return await getDocumentProxy(bytes);
  } catch (error) {
    throw new PdfError(error instanceof Error && error.name === "PasswordException" ? "password" : "unreadable");
  }
}

const MOST_PAGES = 2000;
