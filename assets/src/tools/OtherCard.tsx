import type { OtherInterrupt } from "../chat/interrupts";
import { Hint } from "../ui/Text";
import { toolTitle } from "../words/tools";
import { AskCard } from "./AskCard";

/** A question that is answered somewhere else, on a phone for example: the card says what the server says. */
export function OtherCard({ interrupt }: { interrupt: OtherInterrupt }) {
  return (
    <AskCard title="Waiting for you" about={interrupt.call ? toolTitle(interrupt.call.name) : interrupt.message} data-code={interrupt.code}>
      <p>{interrupt.message}</p>
      {interrupt.call && <Hint>For: {toolTitle(interrupt.call.name)}</Hint>}
    </AskCard>
  );
}
