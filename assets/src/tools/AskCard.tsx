import { type ComponentProps, useId, useRef } from "react";
import { cardClass } from "../ui/Card";
import { useArrivalFocus } from "./useArrivalFocus";

/** A question to the user in the conversation. It takes the focus when it appears, unless the user is busy elsewhere. */
export function AskCard({ title, children, ...rest }: { title: string } & Omit<ComponentProps<"section">, "title">) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  useArrivalFocus(card);
  return (
    <section ref={card} className={cardClass("ask")} aria-labelledby={titleId} tabIndex={-1} {...rest}>
      <h3 id={titleId}>{title}</h3>
      {children}
    </section>
  );
}
