import { chatPath, loginPath } from "../app/routes";
import { ButtonLink } from "../ui/Button";
import { Card } from "../ui/Card";

/** The session is over while a chat is on screen: where to log in so that one comes back to it. */
export function SessionEnded({ chatId }: { chatId: string }) {
  return (
    <Card tone="problem" role="alert">
      <p>
        <strong>Your session has ended.</strong> What you see stays. After you have signed in again this chat goes on, and what waits in it too.
      </p>
      <ButtonLink look="primary" href={loginPath(chatPath(chatId))}>
        Sign in again
      </ButtonLink>
    </Card>
  );
}
