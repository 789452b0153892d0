import type { ChatSession } from "../chat/useChatSession";
import type { Wait } from "../chat/waits";
import { ConfirmCard } from "./ConfirmCard";
import { ConnectCard } from "./ConnectCard";
import { rememberAnswer } from "./lateAnswer";
import { OtherCard } from "./OtherCard";
import { OutcomeCard } from "./OutcomeCard";
import { PhoneCard } from "./PhoneCard";
import { SignInCard } from "./SignInCard";

interface Props {
  chatId: string;
  wait: Wait;
  session: Pick<ChatSession, "approve" | "notNow" | "settle">;
}

/** The question to the user that belongs to a call, whichever it is. The keys: asked again, a card begins again. */
export function WaitCard({ chatId, wait, session }: Props) {
  const { call } = wait;
  switch (wait.kind) {
    case "confirm":
      return (
        <ConfirmCard
          name={call.name}
          input={call.args}
          message={wait.message}
          onAnswer={(approved, reason) => {
            rememberAnswer(call.id, approved);
            session.approve({ toolCallId: call.id, approved, reason });
          }}
        />
      );
    case "connect":
      return <ConnectCard chatId={chatId} interrupt={wait} onNotNow={() => session.notNow(call)} />;
    case "approve":
      return <PhoneCard key={wait.id} interrupt={wait} onNotNow={() => session.notNow(call)} />;
    case "sign-in":
      return <SignInCard key={wait.id} chatId={chatId} interrupt={wait} onNotNow={() => session.notNow(call)} />;
    case "outcome":
      return <OutcomeCard key={wait.id} interrupt={wait} onAnswer={(answer) => session.settle(call, answer)} />;
    case "other":
      return <OtherCard interrupt={wait} />;
  }
}
