import { useSession } from "../app/session";
import type { ApproveInterrupt } from "../chat/interrupts";
import { ButtonLink } from "../ui/Button";
import { Actions, Hint } from "../ui/Text";
import { toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { AskCard } from "./AskCard";
import { Countdown } from "./Countdown";
import { NotNow } from "./NotNow";

interface Props {
  interrupt: ApproveInterrupt;
  onNotNow: () => void;
}

/**
 * Says that the phone asks, and what it must show: the question, a code, and the details where the device shows any. There is
 * no yes here: the device is asked precisely because this page might not be the user's.
 */
export function PhoneCard({ interrupt, onNotNow }: Props) {
  const { environment, session } = useSession();
  const user = session.status === "user" ? `?user=${encodeURIComponent(session.user.sub)}` : "";
  const question = interrupt.bindingMessage || toolTitle(interrupt.call.name);
  // Devices that show no details find the code at the end of the sentence, and nothing else of what stands here.
  const sentenceOnly = interrupt.bindingMessage.includes(interrupt.approvalCode);

  return (
    <AskCard title="Check your phone" about={question}>
      <p>{interrupt.message}</p>
      <p className="font-semibold wrap-anywhere">{question}</p>
      <Arguments input={interrupt.call.args} />
      <p>
        {sentenceOnly ? "The same sentence stands on your phone, with this code at its end: " : "The same code stands on your phone: "}
        <strong className="font-mono text-lg tracking-wider whitespace-nowrap">{interrupt.approvalCode}</strong>
      </p>
      <Hint>
        {sentenceOnly
          ? "Your phone may not show the details: read them here. If the sentence or the code differs there, deny it."
          : "If the code or anything else differs there, deny it."}{" "}
        After your approval Deputy goes on by itself.
      </Hint>
      <Countdown until={interrupt.expiresAt} />
      <Actions>
        <NotNow onPress={onNotNow} />
        {environment?.phone && (
          <ButtonLink href={`${environment.phone}${user}`} target="_blank" rel="noopener noreferrer">
            Open the offline world’s phone
          </ButtonLink>
        )}
      </Actions>
    </AskCard>
  );
}
