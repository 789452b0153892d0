import type { User } from "@auth0/auth0-spa-js";
import { useEffect, useState } from "react";
import { messageOf, start, type Started } from "./auth0.ts";
import { Chat } from "./chat.tsx";
import { forgetChat } from "./kept-chat.ts";

/** The gate, and behind it the chat. */
export function App() {
  const [started, setStarted] = useState<Started>();
  const [user, setUser] = useState<User>();
  const [error, setError] = useState<string>();

  useEffect(() => {
    const begin = async () => {
      const ready = await start();
      setUser(await ready.client.getUser());
      setStarted(ready);
      setError(ready.refused);
    };
    begin().catch((cause: unknown) => setError(messageOf(cause, "Authentication error")));
  }, []);

  const attempt = async (action: () => Promise<void> | undefined, otherwise: string) => {
    setError(undefined);
    try {
      await action();
    } catch (cause) {
      setError(messageOf(cause, otherwise));
    }
  };
  const login = () => attempt(() => started?.client.loginWithRedirect(), "Login failed");
  const logout = () =>
    attempt(async () => {
      forgetChat();
      await started?.client.logout({ logoutParams: { returnTo: globalThis.location.origin } });
    }, "Logout failed");

  return (
    <>
      {error && <p role="alert">{error}</p>}
      {!started && !error && <p role="status">Loading...</p>}
      {started && !user && (
        <main>
          <h1>Calendar Assistant</h1>
          <button type="button" onClick={() => void login()}>
            Log in
          </button>
        </main>
      )}
      {started && user && (
        <>
          <nav>
            {user.name}
            <button type="button" onClick={() => void logout()}>
              Log out
            </button>
          </nav>
          <Chat client={started.client} returned={started.returned} onError={(cause) => setError(messageOf(cause, "Authentication error"))} />
        </>
      )}
    </>
  );
}
