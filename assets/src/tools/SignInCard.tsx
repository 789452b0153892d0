import { chatPath, loginPath } from "../app/routes";
import type { SignInInterrupt } from "../chat/interrupts";
import { ButtonLink } from "../ui/Button";
import { Actions, Hint } from "../ui/Text";
import { toolTitle } from "../words/tools";
import { AskCard } from "./AskCard";
import { NotNow } from "./NotNow";
import { callInWords } from "../words/values";

interface Props {
  chatId: string;
  interrupt: SignInInterrupt;
  onNotNow: () => void;
}

/** Asks for a new login, which leads back to this chat; the server notices and goes on by itself. */
export function SignInCard({ chatId, interrupt, onNotNow }: Props) {
  return (
    <AskCard title="Sign in again" about={callInWords(interrupt.call.name, interrupt.call.args)}>
      <p>{interrupt.message}</p>
      <Hint>“{toolTitle(interrupt.call.name)}” waits until then and goes on by itself.</Hint>
      <Actions>
        <ButtonLink look="primary" href={loginPath(chatPath(chatId))}>
          Sign in again
        </ButtonLink>
        <NotNow onPress={onNotNow} />
      </Actions>
    </AskCard>
  );
}
