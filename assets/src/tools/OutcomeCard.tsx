import { useId, useRef, useState } from "react";
import type { OutcomeInterrupt } from "../chat/interrupts";
import { toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { useArrivalFocus } from "./useArrivalFocus";

/** What the user knows, or wants, of a call whose end nobody saw. */
export type OutcomeAnswer = "check" | "retry" | "done" | "leave";

interface Props {
  interrupt: OutcomeInterrupt;
  onAnswer: (answer: OutcomeAnswer) => void;
}

/** Asks what is to become of a call that may or may not have happened. Nothing is repeated without this answer. */
export function OutcomeCard({ interrupt, onAnswer }: Props) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const [answered, setAnswered] = useState(false);
  useArrivalFocus(card);

  const choice = (answer: OutcomeAnswer, text: string, primary = false) => (
    <button
      type="button"
      className={primary ? "button primary" : "button"}
      disabled={answered}
      onClick={() => {
        setAnswered(true);
        onAnswer(answer);
      }}
    >
      {text}
    </button>
  );

  return (
    <section ref={card} className="card ask" aria-labelledby={titleId} tabIndex={-1}>
      <h3 id={titleId}>It is not known whether this happened</h3>
      <p>
        <strong>{toolTitle(interrupt.call.name)}</strong>: {interrupt.message}
      </p>
      <Arguments input={interrupt.call.args} />
      <div className="actions">
        {interrupt.canCheck && choice("check", "Check", true)}
        {choice("retry", "Do it again")}
        {choice("done", "Mark as done")}
        {choice("leave", "Leave it")}
      </div>
    </section>
  );
}
