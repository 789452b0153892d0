import { useState } from "react";
import type { OutcomeInterrupt } from "../chat/interrupts";
import { Button } from "../ui/Button";
import { Actions } from "../ui/Text";
import { toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { AskCard } from "./AskCard";
import { callInWords } from "../words/values";

/** What the user knows, or wants, of a call whose end nobody saw. */
export type OutcomeAnswer = "check" | "retry" | "done" | "leave";

interface Props {
  interrupt: OutcomeInterrupt;
  onAnswer: (answer: OutcomeAnswer) => void;
}

/** Asks what is to become of a call that may or may not have happened. Nothing is repeated without this answer. */
export function OutcomeCard({ interrupt, onAnswer }: Props) {
  const [answered, setAnswered] = useState(false);

  const choice = (answer: OutcomeAnswer, text: string, primary = false) => (
    <Button
      look={primary ? "primary" : "plain"}
      disabled={answered}
      onClick={() => {
        setAnswered(true);
        onAnswer(answer);
      }}
    >
      {text}
    </Button>
  );

  return (
    <AskCard title="It is not known whether this happened" about={callInWords(interrupt.call.name, interrupt.call.args)}>
      <p>
        <strong>{toolTitle(interrupt.call.name)}</strong>: {interrupt.message}
      </p>
      <Arguments input={interrupt.call.args} />
      <Actions>
        {interrupt.canCheck && choice("check", "Check", true)}
        {choice("retry", "Do it again")}
        {choice("done", "Mark as done")}
        {choice("leave", "Leave it")}
      </Actions>
    </AskCard>
  );
}
