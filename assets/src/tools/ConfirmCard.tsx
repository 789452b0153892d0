import { useId, useRef, useState } from "react";
import { toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { useArrivalFocus } from "./useArrivalFocus";

interface Props {
  name: string;
  input: unknown;
  onAnswer: (approved: boolean, reason: string | undefined) => void;
}

/** Asks before a tool runs: exactly what will run, yes, no, and why not. */
export function ConfirmCard({ name, input, onAnswer }: Props) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const [reason, setReason] = useState("");
  const [answered, setAnswered] = useState(false);
  useArrivalFocus(card);

  function answer(approved: boolean) {
    // A second click must not become a second answer.
    if (answered) return;
    setAnswered(true);
    onAnswer(approved, approved ? undefined : reason.trim() || undefined);
  }

  return (
    <section ref={card} className="card ask" aria-labelledby={titleId} tabIndex={-1}>
      <h3 id={titleId}>Approval needed</h3>
      <p>
        Deputy wants to run <strong>{toolTitle(name)}</strong> with exactly this:
      </p>
      <Arguments input={input} />
      <label className="reason">
        <span>Reason, if you deny (optional)</span>
        <input value={reason} maxLength={500} disabled={answered} onChange={(event) => setReason(event.target.value)} />
      </label>
      <div className="actions">
        <button type="button" className="button primary" disabled={answered} onClick={() => answer(true)}>
          Approve
        </button>
        <button type="button" className="button" disabled={answered} onClick={() => answer(false)}>
          Deny
        </button>
      </div>
    </section>
  );
}
