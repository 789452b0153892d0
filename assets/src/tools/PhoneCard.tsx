import { useId, useRef } from "react";
import { useSession } from "../app/session";
import type { ApproveInterrupt } from "../chat/interrupts";
import { toolTitle } from "../words/tools";
import { Arguments } from "./Arguments";
import { Countdown } from "./Countdown";
import { NotNow } from "./NotNow";
import { useArrivalFocus } from "./useArrivalFocus";

interface Props {
  interrupt: ApproveInterrupt;
  onNotNow: () => void;
}

/**
 * Says that the phone asks, and what it must show: the question, the arguments and a code. There is no yes here: the
 * device is asked precisely because this page might not be the user's.
 */
export function PhoneCard({ interrupt, onNotNow }: Props) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const { environment, session } = useSession();
  useArrivalFocus(card);
  const user = session.status === "user" ? `?user=${encodeURIComponent(session.user.sub)}` : "";

  return (
    <section ref={card} className="card ask" aria-labelledby={titleId} tabIndex={-1}>
      <h3 id={titleId}>Check your phone</h3>
      <p>{interrupt.message}</p>
      <p className="question">{interrupt.bindingMessage || toolTitle(interrupt.call.name)}</p>
      <Arguments input={interrupt.call.args} />
      <p>
        The same code stands on your phone: <strong className="code">{interrupt.approvalCode}</strong>
      </p>
      <p className="hint">If the code or anything else differs there, deny it. After your approval Deputy goes on by itself.</p>
      <Countdown until={interrupt.expiresAt} />
      <div className="actions">
        <NotNow onPress={onNotNow} />
        {environment?.phone && (
          <a className="button" href={`${environment.phone}${user}`} target="_blank" rel="noopener noreferrer">
            Open the offline world’s phone
          </a>
        )}
      </div>
    </section>
  );
}
