import type { UIMessage } from "ai";
import { type RefObject, useEffect, useState } from "react";
import { Button } from "../ui/Button";
import { waitInWords } from "../words/outcomes";
import { toolTitle } from "../words/tools";
import type { Wait } from "./waits";

interface Props {
  waits: readonly Wait[];
  messages: readonly UIMessage[];
  scroller: RefObject<HTMLDivElement | null>;
}

/** What waits for the user in a part of the conversation that cannot be seen now, and the way to it. */
export function WaitList({ waits, messages, scroller }: Props) {
  const hidden = useOutOfSight(waits, messages, scroller);
  const listed = waits.filter(({ call }) => hidden.has(call.id));
  if (listed.length === 0) return null;
  return (
    <section aria-labelledby="waits" className="rounded-xl border border-ask bg-ask-ground px-3 py-1.5 text-sm">
      <h2 id="waits" className="text-sm">
        Also waiting for you
      </h2>
      <ul className="max-h-32 overflow-y-auto" aria-labelledby="waits">
        {listed.map((wait) => (
          <li key={wait.call.id} className="flex items-center justify-between gap-2 py-0.5">
            <span className="min-w-0 wrap-anywhere">
              <strong>{toolTitle(wait.call.name)}</strong> {waitInWords(wait)}
            </span>
            <Button small aria-label={`Show ${toolTitle(wait.call.name)}`} onClick={() => show(scroller.current, wait.call.id)}>
              Show
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The ids of the calls whose cards are outside of what the scroller shows. */
function useOutOfSight(waits: readonly Wait[], messages: readonly UIMessage[], scroller: RefObject<HTMLDivElement | null>): ReadonlySet<string> {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(NONE);
  const ids = waits.map(({ call }) => call.id).join("\n");

  useEffect(() => {
    const root = scroller.current;
    if (root === null || ids === "") {
      setHidden(NONE);
      return;
    }
    const observer = new IntersectionObserver(
      (entries) =>
        setHidden((before) => {
          const after = new Set(before);
          for (const { target, isIntersecting } of entries) {
            const id = (target as HTMLElement).dataset.call ?? "";
            if (isIntersecting) after.delete(id);
            else after.add(id);
          }
          return after;
        }),
      // A card of which only the edge can be seen is out of sight.
      { root, rootMargin: "-40px 0px" },
    );
    for (const id of ids.split("\n")) {
      const card = cardOf(root, id);
      if (card) observer.observe(card);
    }
    return () => observer.disconnect();
    // The messages, because a transcript that is read again has other elements.
  }, [ids, messages, scroller]);

  return hidden;
}

function show(scroller: HTMLElement | null, id: string) {
  const card = scroller && cardOf(scroller, id);
  if (!card) return;
  card.scrollIntoView({ block: "center" });
  card.querySelector<HTMLElement>("section[tabindex]")?.focus({ preventScroll: true });
}

function cardOf(scroller: HTMLElement, id: string): HTMLElement | null {
  return scroller.querySelector<HTMLElement>(`[data-call="${CSS.escape(id)}"]`);
}

const NONE: ReadonlySet<string> = new Set();
