import type { Sending } from "../api/upload";
import { pdfProblemInWords } from "../words/documents";
import type { PdfMessage } from "./pdf.worker";

/** The text of a PDF, made in a worker that is loaded when a PDF is chosen. Throws with a sentence for the user. */
export async function readPdf(file: File, { onProgress, signal }: Sending): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const worker = new Worker(new URL("./pdf.worker.ts", import.meta.url), { type: "module" });
  let patience: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      const fail = (sentence: string) => reject(new Error(sentence));
      const stuck = () => fail(pdfProblemInWords("unreadable"));
      patience = setTimeout(stuck, LONGEST_PAGE);
      worker.addEventListener("message", ({ data }: MessageEvent<PdfMessage>) => {
        switch (data.type) {
          case "text":
            return resolve(data.text);
          case "problem":
            return fail(pdfProblemInWords(data.problem));
          case "page":
            clearTimeout(patience);
            patience = setTimeout(stuck, LONGEST_PAGE);
            return onProgress(data.done / data.all);
          default:
          // The reader of PDFs announces itself to whoever made the worker.
        }
      });
      worker.addEventListener("error", stuck);
      signal.addEventListener("abort", () => fail("You stopped this upload."));
      worker.postMessage(bytes, [bytes.buffer]);
    });
  } finally {
    clearTimeout(patience);
    worker.terminate();
  }
}

/** How long a page may take, milliseconds. */
const LONGEST_PAGE = 60_000;
