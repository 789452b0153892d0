import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { Textarea } from "../ui/Field";

interface Props {
  placeholder: string;
  /** Unsent text is kept under this key for as long as the tab lives. */
  draftKey: string;
  /** False when the text could not be taken; it then stays in the field. */
  onSend: (text: string) => boolean | Promise<boolean>;
  /** Given while an answer is being written: shows the Stop button. */
  onStop?: (() => void) | undefined;
  /** True while an answer is being written: a message sent now waits its turn. */
  busy?: boolean;
}

/** The message field. Enter sends, Shift+Enter breaks the line, input methods may use Enter for themselves. */
export function Composer({ placeholder, draftKey, onSend, onStop, busy = false }: Props) {
  const storageKey = `deputy.draft.${draftKey}`;
  const [text, setText] = useState(() => readDraft(storageKey));
  const field = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();

  useEffect(() => {
    // On a touch screen the focus would open the keyboard over the conversation.
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
  }, []);

  useEffect(() => writeDraft(storageKey, text), [storageKey, text]);

  async function send() {
    const message = text.trim();
    if (message === "") return;
    setText("");
    if (!(await onSend(message))) setText((now) => (now === "" ? message : now));
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key !== "Enter" || event.shiftKey) return;
    // 229 is what Safari reports for the Enter that ends a composition.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    void send();
  }

  return (
    <form
      className="grid w-full grid-cols-[minmax(0,1fr)_auto_auto] items-end gap-2 text-start"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Textarea
        ref={field}
        rows={1}
        value={text}
        aria-label="Message"
        aria-describedby={hintId}
        placeholder={placeholder}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {onStop && (
        <Button
          className="min-h-11"
          onClick={() => {
            onStop();
            // The button goes away with the answer; the focus must not go with it.
            field.current?.focus();
          }}
        >
          Stop
        </Button>
      )}
      <Button type="submit" look="primary" className="col-start-3 min-h-11" disabled={text.trim() === ""}>
        {busy ? "Queue" : "Send"}
      </Button>
      <p id={hintId} className="col-span-full text-xs text-quiet max-md:hidden">
        Enter sends, Shift+Enter starts a new line{onStop ? ", Esc stops the answer" : ""}.
      </p>
    </form>
  );
}

function readDraft(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function writeDraft(key: string, text: string): void {
  try {
    if (text === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Without storage a draft lasts as long as the page.
  }
}
