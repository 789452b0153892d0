import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { ApiError, fetchEnvironment, fetchUser } from "../api/client";
import type { Environment, User } from "../api/types";
import { forgetTab, onLogOut } from "./logOut";

/**
 * Who is using the client. `ended` is a user whose session is over: what is on screen stays, nothing more is done. `left`
 * is one who has logged out in another tab: nothing of theirs is shown any more. `logins` counts how often they came back.
 */
export type Session =
  | { status: "loading" }
  | { status: "anonymous" }
  | { status: "user" | "ended"; user: User; logins: number }
  | { status: "left" }
  | { status: "failed"; error: ApiError };

interface SessionContext {
  session: Session;
  environment: Environment | undefined;
  /** Asks the server again who is logged in; for a socket that was refused and for a tab that comes back. */
  recheck: () => Promise<void>;
  /** The server said that the session is over. */
  markEnded: () => void;
}

const Context = createContext<SessionContext | null>(null);

/** Loads the user and the environment once and shares them. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session>({ status: "loading" });
  const [environment, setEnvironment] = useState<Environment>();

  const recheck = useCallback(async (looking = false) => {
    try {
      const user = await fetchUser();
      setSession((before) => {
        // The log-out may still be on its way: only who looks at this tab again can have logged in again.
        if (before.status === "left" && !looking) return before;
        if (user === null) return endOf(before);
        // The same user again must not remount anything; one who is back needs new sockets.
        if (before.status === "user" && before.user.sub === user.sub) return before;
        return { status: "user", user, logins: before.status === "ended" ? before.logins + 1 : 0 };
      });
    } catch (error) {
      const failure = error instanceof ApiError ? error : new ApiError(0, "Authentication error", "client");
      // A tab that is offline for a moment keeps its user.
      setSession((before) => (before.status === "user" ? before : { status: "failed", error: failure }));
    }
  }, []);

  const markEnded = useCallback(() => setSession(endOf), []);

  useEffect(
    () =>
      onLogOut(() => {
        forgetTab();
        setSession({ status: "left" });
      }),
    [],
  );

  useEffect(() => {
    void recheck();
    fetchEnvironment().then(setEnvironment, () => setEnvironment(undefined));
  }, [recheck]);

  useEffect(() => {
    const onVisible = () => {
      if (document.visibilityState === "visible") void recheck(true);
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [recheck]);

  const value = useMemo(() => ({ session, environment, recheck, markEnded }), [session, environment, recheck, markEnded]);
  return <Context value={value}>{children}</Context>;
}

/** What is left of a session when the server knows it no more. */
function endOf(before: Session): Session {
  if (before.status === "user") return { ...before, status: "ended" };
  return before.status === "ended" || before.status === "left" ? before : { status: "anonymous" };
}

export function useSession(): SessionContext {
  const value = useContext(Context);
  if (value === null) throw new Error("useSession needs a SessionProvider above it");
  return value;
}
