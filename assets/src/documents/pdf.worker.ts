// Reads a PDF beside the page: a large one does not hold it up, and one that never ends can be ended.
import { PdfError, type PdfProblem, pdfText } from "./pdf";

/** What the page is told. */
export type PdfMessage = { type: "page"; done: number; all: number } | { type: "text"; text: string } | { type: "problem"; problem: PdfProblem };

const tell = (message: PdfMessage) => self.postMessage(message);

self.addEventListener("message", ({ data }: MessageEvent<Uint8Array>) => {
  pdfText(data, (done, all) => tell({ type: "page", done, all })).then(
    (text) => tell({ type: "text", text }),
    (error: unknown) => tell({ type: "problem", problem: error instanceof PdfError ? error.problem : "unreadable" }),
  );
});
