import { useState } from "react";
import { Button } from "../ui/Button";
import { Input } from "../ui/Field";
import { Actions } from "../ui/Text";
import { toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { AskCard } from "./AskCard";
import { callInWords } from "../words/values";

interface Props {
  name: string;
  input: unknown;
  /** The server's sentence: above all, that the very same was done before. */
  message: string | undefined;
  onAnswer: (approved: boolean, reason: string | undefined) => void;
}

/** Asks before a tool runs: exactly what will run, yes, no, and why not. */
export function ConfirmCard({ name, input, message, onAnswer }: Props) {
  const [reason, setReason] = useState("");
  const [answered, setAnswered] = useState(false);

  function answer(approved: boolean) {
    // A second click must not become a second answer.
    if (answered) return;
    setAnswered(true);
    onAnswer(approved, approved ? undefined : reason.trim() || undefined);
  }

  return (
    <AskCard title="Approval needed" about={callInWords(name, input)}>
      {message !== undefined && <p>{message}</p>}
      <p>
        Deputy wants to run <strong>{toolTitle(name)}</strong> with exactly this:
      </p>
      <Arguments input={input} />
      <label className="grid w-full gap-1 text-sm">
        <span>Reason, if you deny (optional)</span>
        <Input value={reason} maxLength={500} disabled={answered} onChange={(event) => setReason(event.target.value)} />
      </label>
      <Actions>
        <Button look="primary" disabled={answered} onClick={() => answer(true)}>
          Approve
        </Button>
        <Button disabled={answered} onClick={() => answer(false)}>
          Deny
        </Button>
      </Actions>
    </AskCard>
  );
}
