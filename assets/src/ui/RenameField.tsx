import { useRef, useState } from "react";
import { Input } from "./Field";
import { useFirstFocus } from "./useFirstFocus";

/** A title that is being changed: Enter or leaving the field takes the new one, Escape keeps the old one (`undefined`). */
export function RenameField({ label, title, onDone }: { label: string; title: string; onDone: (title: string | undefined) => void }) {
  const [value, setValue] = useState(title);
  const field = useFirstFocus<HTMLInputElement>();
  const done = useRef(false);
  const finish = (result: string | undefined) => {
    // Enter also takes the focus away, and that must not answer a second time.
    if (done.current) return;
    done.current = true;
    onDone(result);
  };
  return (
    <form
      className="flex-1"
      onSubmit={(event) => {
        event.preventDefault();
        finish(value);
      }}
    >
      <Input
        className="w-full"
        aria-label={label}
        value={value}
        maxLength={200}
        ref={field}
        onFocus={({ target }) => target.select()}
        onChange={(event) => setValue(event.target.value)}
        onBlur={() => finish(value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            finish(undefined);
          }
        }}
      />
    </form>
  );
}
