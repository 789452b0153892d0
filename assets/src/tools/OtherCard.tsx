import { useId } from "react";
import type { OtherInterrupt } from "../chat/interrupts";
import { toolTitle } from "../words/tools";

/** A question that is answered somewhere else, on a phone for example: the card says what the server says. */
export function OtherCard({ interrupt }: { interrupt: OtherInterrupt }) {
  const titleId = useId();
  return (
    <section className="card ask" aria-labelledby={titleId} data-code={interrupt.code}>
      <h3 id={titleId}>Waiting for you</h3>
      <p>{interrupt.message}</p>
      {interrupt.call && <p className="hint">For: {toolTitle(interrupt.call.name)}</p>}
    </section>
  );
}
