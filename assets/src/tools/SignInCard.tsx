import { useId, useRef } from "react";
import { chatPath, loginPath } from "../app/routes";
import type { SignInInterrupt } from "../chat/interrupts";
import { toolTitle } from "../words/tools";
import { NotNow } from "./NotNow";
import { useArrivalFocus } from "./useArrivalFocus";

interface Props {
  chatId: string;
  interrupt: SignInInterrupt;
  onNotNow: () => void;
}

/** Asks for a new login, which leads back to this chat; the server notices and goes on by itself. */
export function SignInCard({ chatId, interrupt, onNotNow }: Props) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  useArrivalFocus(card);

  return (
    <section ref={card} className="card ask" aria-labelledby={titleId} tabIndex={-1}>
      <h3 id={titleId}>Sign in again</h3>
      <p>{interrupt.message}</p>
      <p className="hint">“{toolTitle(interrupt.call.name)}” waits until then and goes on by itself.</p>
      <div className="actions">
        <a className="button primary" href={loginPath(chatPath(chatId))}>
          Sign in again
        </a>
        <NotNow onPress={onNotNow} />
      </div>
    </section>
  );
}
