import { useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { firstPart, lastPart, type Marked } from "./passage";

/** A document's text as it is, with the marked passage in view. Of a long one the neighbourhood comes first. */
export function DocumentText({ text }: { text: Marked }) {
  const passage = useRef<HTMLElement>(null);
  const [whole, setWhole] = useState(false);
  const before = whole ? { part: text.before, cut: false } : lastPart(text.before, NEIGHBOURHOOD);
  const after = whole ? { part: text.after, cut: false } : firstPart(text.after, NEIGHBOURHOOD);
  // Without a passage the document begins at its beginning.
  const shown = text.marked === "" && !whole ? { before: firstPart(text.before, 2 * NEIGHBOURHOOD), after } : { before, after };

  useEffect(() => {
    passage.current?.scrollIntoView({ block: "center" });
    passage.current?.focus({ preventScroll: true });
  }, [text]);

  const more = (
    <Button small onClick={() => setWhole(true)}>
      Show the whole text
    </Button>
  );
  return (
    <article aria-label="Text of the document" className="rounded-xl border border-line bg-surface px-5 py-4">
      {shown.before.cut && text.marked !== "" && more}
      <div className="wrap-anywhere whitespace-pre-wrap">
        {shown.before.part}
        {text.marked !== "" && (
          <mark ref={passage} tabIndex={-1} className="bg-ask-ground text-text outline-1 outline-ask">
            {text.marked}
          </mark>
        )}
        {shown.after.part}
      </div>
      {(shown.after.cut || (shown.before.cut && text.marked === "")) && more}
    </article>
  );
}

/** How many characters are shown on each side of a passage at first. */
const NEIGHBOURHOOD = 50_000;
