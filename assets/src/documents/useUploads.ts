import { useCallback, useEffect, useReducer, useRef } from "react";
import { ApiError } from "../api/client";
import { LARGEST_UPLOAD, type Sending, uploadFile, uploadText } from "../api/upload";
import { readPdf } from "./readPdf";
import { isPdf, type Upload, uploadsAfter } from "./uploads";

interface Uploads {
  uploads: readonly Upload[];
  /** Uploads files one after the other into a folder. */
  add: (files: readonly File[], folder: string | null) => void;
  stop: (key: string) => void;
  /** Takes away what has ended. */
  clear: () => void;
}

/** Files on their way in. `onArrived` is told after each; `onSignedOut` when the session turns out to be over. */
export function useUploads(onArrived: () => Promise<void>, onSignedOut: () => void): Uploads {
  const [uploads, tell] = useReducer(uploadsAfter, []);
  const queue = useRef(Promise.resolve());
  const stops = useRef(new Map<string, AbortController>());

  useEffect(() => {
    const open = stops.current;
    return () => open.forEach((controller) => controller.abort());
  }, []);

  const upload = useCallback(
    async (key: string, file: File, folder: string | null, signal: AbortSignal) => {
      const during = (state: "reading" | "sending"): Sending => ({
        onProgress: (progress) => tell({ type: "progress", key, state, progress }),
        signal,
      });
      try {
        signal.throwIfAborted();
        if (isPdf(file)) {
          const text = await readPdf(file, during("reading"));
          await uploadText(file.name.replace(/(?<=.)\.pdf$/i, ""), text, folder, during("sending"));
        } else {
          if (file.size > LARGEST_UPLOAD) throw new Error("This is too large: 10 MB is the most.");
          await uploadFile(file, folder, during("sending"));
        }
        tell({ type: "done", key });
        await onArrived();
      } catch (error) {
        if (error instanceof ApiError && error.isSignedOut) onSignedOut();
        tell({ type: "failed", key, reason: error instanceof Error ? error.message : "It could not be uploaded." });
      } finally {
        stops.current.delete(key);
      }
    },
    [onArrived, onSignedOut],
  );

  const add = useCallback(
    (files: readonly File[], folder: string | null) => {
      const chosen = files.map((file) => ({ key: crypto.randomUUID(), file, controller: new AbortController() }));
      tell({ type: "chosen", uploads: chosen.map(({ key, file }) => ({ key, name: file.name })) });
      for (const { key, file, controller } of chosen) {
        stops.current.set(key, controller);
        queue.current = queue.current.then(() => upload(key, file, folder, controller.signal));
      }
    },
    [upload],
  );

  const stop = useCallback((key: string) => {
    stops.current.get(key)?.abort();
    // Said at once, also of one whose turn has not come.
    tell({ type: "failed", key, reason: "You stopped this upload." });
  }, []);
  const clear = useCallback(() => tell({ type: "cleared" }), []);
  return { uploads, add, stop, clear };
}
