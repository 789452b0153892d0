import { ApiError, parseJson, readError } from "./client";

/** What a document may have at most, bytes; the Worker has the same limit. */
export const LARGEST_UPLOAD = 10_000_000;

export interface Sending {
  /** From 0 to 1, as far as the browser has sent it. */
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

/** Uploads a file as it is. */
export async function uploadFile(file: File, folder: string | null, sending: Sending): Promise<void> {
  const form = new FormData();
  if (folder !== null) form.append("folder", folder);
  form.append("file", file);
  await send("/api/documents/upload", form, {}, sending);
}

/** Sends a text that was made of a file here. */
export async function uploadText(title: string, text: string, folder: string | null, sending: Sending): Promise<void> {
  const body = JSON.stringify({ title, text, mediaType: "text/plain", folder });
  await send("/api/documents", body, { "content-type": "application/json" }, sending);
}

/** `fetch` does not tell how far an upload is. */
function send(path: string, body: FormData | string, headers: Record<string, string>, { onProgress, signal }: Sending): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", path);
    for (const [name, value] of Object.entries({ accept: "application/json", ...headers })) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => lengthComputable && onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(readError(request.status, parseJson(request.responseText)));
    });
    request.addEventListener("error", () => reject(new ApiError(0, "The upload broke off. Check your connection and try again.", "network")));
    request.addEventListener("abort", () => reject(new ApiError(0, "You stopped this upload.", "stopped")));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    signal.addEventListener("abort", abort);
    if (signal.aborted) reject(new ApiError(0, "You stopped this upload.", "stopped"));
    else request.send(body);
  });
}
