import { type DragEvent, useRef, useState } from "react";
import { Button, IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { Hint } from "../ui/Text";
import { uploadInWords } from "../words/documents";
import { isOpen, type Upload } from "./uploads";

interface Props {
  uploads: readonly Upload[];
  onChoose: (files: readonly File[]) => void;
  onStop: (key: string) => void;
  onClear: () => void;
}

/** Where files are chosen or dropped, and how far each of them is. */
export function UploadArea({ uploads, onChoose, onStop, onClear }: Props) {
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);

  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    // A folder of the computer is no file: it has no type and cannot be read.
    onChoose([...event.dataTransfer.files]);
  }

  return (
    <section
      aria-label="Upload"
      className={classes("grid gap-3 rounded-xl border border-dashed p-4", over ? "border-accent bg-mine" : "border-control")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button look="primary" onClick={() => chooser.current?.click()}>
          Choose files
        </Button>
        <Hint className="min-w-0 flex-1 basis-48">or drop them here: text, Markdown, HTML or PDF, at most 10 MB each.</Hint>
      </div>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        accept=".txt,.md,.markdown,.html,.htm,.pdf,text/*,application/pdf"
        onChange={({ target }) => {
          onChoose([...(target.files ?? [])]);
          // The same file again is a change again.
          target.value = "";
        }}
      />
      {uploads.length > 0 && (
        <>
          <ul aria-label="Uploads" className="grid gap-2">
            {uploads.map((upload) => (
              <UploadRow key={upload.key} upload={upload} onStop={() => onStop(upload.key)} />
            ))}
          </ul>
          {!uploads.some(isOpen) && (
            <Button small className="justify-self-start" onClick={onClear}>
              Clear the list
            </Button>
          )}
        </>
      )}
      <p role="status" className="sr-only">
        {summary(uploads)}
      </p>
    </section>
  );
}

function UploadRow({ upload, onStop }: { upload: Upload; onStop: () => void }) {
  const moving = upload.state === "reading" || upload.state === "sending";
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3" data-state={upload.state}>
      <span className="wrap-anywhere">{upload.name}</span>
      {isOpen(upload) && <IconButton label={`Stop ${upload.name}`} sign="✕" onClick={onStop} />}
      <span className={classes("col-span-full text-sm", upload.state === "failed" ? "text-danger" : "text-quiet")}>{uploadInWords(upload)}</span>
      {moving && <progress className="col-span-full h-1.5 w-full accent-accent" value={upload.progress} aria-label={`Progress of ${upload.name}`} />}
    </li>
  );
}

/** Said once when all have ended, not at every step. */
function summary(uploads: readonly Upload[]): string {
  if (uploads.length === 0 || uploads.some(isOpen)) return "";
  const failed = uploads.filter(({ state }) => state === "failed").length;
  const done = uploads.length - failed;
  return `${done} uploaded${failed > 0 ? `, ${failed} failed` : ""}`;
}
