import type { DocumentSummary, Folder } from "../api/documents";
import type { PdfProblem } from "../documents/pdf";
import type { Upload } from "../documents/uploads";

/** Who else sees it, as far as the list knows. */
export function sharingInWords({ mine, everybody }: Pick<DocumentSummary | Folder, "mine" | "everybody">): string {
  if (everybody) return mine ? "Yours, everybody can see it" : "Everybody can see it";
  return mine ? "Yours" : "Shared with you";
}

/** How long a text is. */
export function lengthInWords(characters: number): string {
  return characters === 1 ? "1 character" : `${new Intl.NumberFormat().format(characters)} characters`;
}

/** How far an upload is. */
export function uploadInWords({ state, progress, reason }: Upload): string {
  const percent = `${Math.round(progress * 100)} %`;
  switch (state) {
    case "waiting":
      return "Waiting";
    case "reading":
      return `Reading, ${percent}`;
    case "sending":
      return progress < 1 ? `Uploading, ${percent}` : "Taking it in";
    case "done":
      return "Uploaded";
    case "failed":
      return reason ?? "It could not be uploaded.";
  }
}

/** Why there is no text in a PDF. */
export function pdfProblemInWords(problem: PdfProblem): string {
  return PDF_PROBLEMS[problem];
}

const PDF_PROBLEMS: Record<PdfProblem, string> = {
  password: "This PDF is locked with a password.",
  unreadable: "This PDF cannot be read.",
  "too-many-pages": "This PDF has too many pages.",
  "no-text": "There is no text in this PDF: its pages may be pictures.",
};
