import { chatPath, loginPath } from "../app/routes";

/** The session is over while a chat is on screen: where to log in so that one comes back to it. */
export function SessionEnded({ chatId }: { chatId: string }) {
  return (
    <div className="card problem-card" role="alert">
      <p>
        <strong>Your session has ended.</strong> What you see stays. After you have signed in again this chat goes on, and what waits in it too.
      </p>
      <a className="button primary" href={loginPath(chatPath(chatId))}>
        Sign in again
      </a>
    </div>
  );
}
