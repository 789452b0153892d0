import { useState } from "react";
import { Button } from "../ui/Button";
import { Input } from "../ui/Field";
import { useFirstFocus } from "../ui/useFirstFocus";

/** Makes a folder where one is. */
export function NewFolder({ busy, onCreate }: { busy: boolean; onCreate: (title: string) => void }) {
  const [open, setOpen] = useState(false);
  if (!open) {
    return (
      <Button disabled={busy} onClick={() => setOpen(true)}>
        New folder
      </Button>
    );
  }
  return (
    <TitleForm
      onDone={(title) => {
        setOpen(false);
        if (title !== "") onCreate(title);
      }}
    />
  );
}

/** Asks for a title; an empty one is none. */
function TitleForm({ onDone }: { onDone: (title: string) => void }) {
  const [title, setTitle] = useState("");
  const field = useFirstFocus<HTMLInputElement>();
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(title.trim());
      }}
      onKeyDown={({ key }) => key === "Escape" && onDone("")}
    >
      <Input
        ref={field}
        className="min-w-0 flex-1"
        aria-label="Title of the folder"
        maxLength={200}
        value={title}
        onChange={({ target }) => setTitle(target.value)}
      />
      <Button type="submit" look="primary">
        Create
      </Button>
      <Button onClick={() => onDone("")}>Cancel</Button>
    </form>
  );
}
