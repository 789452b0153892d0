/** A file on its way in. `reading` is a PDF whose text is being made here. */
export interface Upload {
  key: string;
  name: string;
  state: "waiting" | "reading" | "sending" | "done" | "failed";
  /** From 0 to 1, of what `state` names. */
  progress: number;
  /** Why it failed. */
  reason?: string;
}

export type UploadEvent =
  | { type: "chosen"; uploads: { key: string; name: string }[] }
  | { type: "progress"; key: string; state: "reading" | "sending"; progress: number }
  | { type: "done"; key: string }
  | { type: "failed"; key: string; reason: string }
  | { type: "cleared" };

/** The uploads after something has happened. One that has ended changes no more. */
export function uploadsAfter(uploads: readonly Upload[], event: UploadEvent): readonly Upload[] {
  const change = (key: string, next: Partial<Upload>) =>
    uploads.map((upload) => (upload.key === key && isOpen(upload) ? { ...upload, ...next } : upload));
  switch (event.type) {
    case "chosen":
      return [...uploads, ...event.uploads.map(({ key, name }) => ({ key, name, state: "waiting" as const, progress: 0 }))];
    case "progress":
      return change(event.key, { state: event.state, progress: event.progress });
    case "done":
      return change(event.key, { state: "done", progress: 1 });
    case "failed":
      return change(event.key, { state: "failed", reason: event.reason });
    case "cleared":
      return uploads.filter(isOpen);
  }
}

/** True while it has not ended. */
export function isOpen({ state }: Upload): boolean {
  return state !== "done" && state !== "failed";
}

/** True for what only the browser can read. */
export function isPdf({ name, type }: { name: string; type: string }): boolean {
  return type === "application/pdf" || /\.pdf$/i.test(name);
}
