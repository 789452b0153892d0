import { useState } from "react";
import { Button } from "../ui/Button";
import { Input } from "../ui/Field";

/** Makes a folder where one is. */
export function NewFolder({ busy, onCreate }: { busy: boolean; onCreate: (title: string) => void }) {
  const [title, setTitle] = useState<string>();
  if (title === undefined) {
    return (
      <Button disabled={busy} onClick={() => setTitle("")}>
        New folder
      </Button>
    );
  }
  const close = () => setTitle(undefined);
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        close();
        if (title.trim() !== "") onCreate(title.trim());
      }}
      onKeyDown={({ key }) => key === "Escape" && close()}
    >
      <Input
        className="min-w-0 flex-1"
        aria-label="Title of the folder"
        maxLength={200}
        value={title}
        onChange={({ target }) => setTitle(target.value)}
        ref={(element) => element?.focus()}
      />
      <Button type="submit" look="primary">
        Create
      </Button>
      <Button onClick={close}>Cancel</Button>
    </form>
  );
}
