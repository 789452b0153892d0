import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";

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
  /** True while a tool call waits for the user: a message sent now ends it. */
  waits?: boolean;
}

/** The message field. Enter sends, Shift+Enter breaks the line, input methods may use Enter for themselves. */
export function Composer({ placeholder, draftKey, onSend, onStop, busy = false, waits = false }: Props) {
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
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
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
        <button
          type="button"
          className="button"
          onClick={() => {
            onStop();
            // The button goes away with the answer; the focus must not go with it.
            field.current?.focus();
          }}
        >
          Stop
        </button>
      )}
      <button type="submit" className="button primary" disabled={text.trim() === ""}>
        {busy ? "Queue" : "Send"}
      </button>
      <p id={hintId} className="composer-hint" data-waits={waits}>
        {waits ? "A new message ends what waits for you above. " : ""}
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
