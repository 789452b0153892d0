import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { ApiError, fetchEnvironment, fetchUser } from "../api/client";
import type { Environment, User } from "../api/types";

/** Who is using the client. `ended` is a user whose session is over: what is on screen stays, nothing more is done. */
export type Session =
  | { status: "loading" }
  | { status: "anonymous" }
  | { status: "user"; user: User }
  | { status: "ended" }
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

  const recheck = useCallback(async () => {
    try {
      const user = await fetchUser();
      setSession((before) => {
        if (user !== null) {
          // The same user again must not remount anything.
          return before.status === "user" && before.user.sub === user.sub ? before : { status: "user", user };
        }
        return before.status === "user" || before.status === "ended" ? { status: "ended" } : { status: "anonymous" };
      });
    } catch (error) {
      const failure = error instanceof ApiError ? error : new ApiError(0, "Authentication error", "client");
      // A tab that is offline for a moment keeps its user.
      setSession((before) => (before.status === "user" ? before : { status: "failed", error: failure }));
    }
  }, []);

  const markEnded = useCallback(() => setSession({ status: "ended" }), []);

  useEffect(() => {
    void recheck();
    fetchEnvironment().then(setEnvironment, () => setEnvironment(undefined));
  }, [recheck]);

  useEffect(() => {
    const onVisible = () => {
      if (document.visibilityState === "visible") void recheck();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [recheck]);

  const value = useMemo(() => ({ session, environment, recheck, markEnded }), [session, environment, recheck, markEnded]);
  return <Context value={value}>{children}</Context>;
}

export function useSession(): SessionContext {
  const value = useContext(Context);
  if (value === null) throw new Error("useSession needs a SessionProvider above it");
  return value;
}
