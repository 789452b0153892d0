import { type ComponentProps, useRef } from "react";
import { cardClass } from "../ui/Card";
import { useArrivalFocus } from "./useArrivalFocus";

interface Props extends Omit<ComponentProps<"section">, "title"> {
  title: string;
  /** What exactly is asked: several questions of a kind may stand in a chat at once, and each has a name of its own. */
  about: string;
}

/** A question to the user in the conversation. It takes the focus when it appears, unless the user is busy elsewhere. */
export function AskCard({ title, about, children, ...rest }: Props) {
  const card = useRef<HTMLElement>(null);
  useArrivalFocus(card);
  return (
    <section ref={card} className={cardClass("ask")} aria-label={`${title} ${about}`} tabIndex={-1} {...rest}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
