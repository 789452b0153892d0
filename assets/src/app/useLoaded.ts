import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { useSession } from "./session";

/** What a page shows of the server. */
export interface Loaded<T> {
  loaded: T | undefined;
  /** What went wrong last, in words. */
  failure: string | undefined;
  load: () => Promise<void>;
  /** Something is being changed. */
  busy: boolean;
  /** Changes something and loads anew. False if that failed. */
  change: (action: () => Promise<unknown>) => Promise<boolean>;
}

/** Loads when the page opens, and after each change. `otherwise` is said of a failure that has no words of its own. */
export function useLoaded<T>(fetch: () => Promise<T>, otherwise: string): Loaded<T> {
  const { markEnded } = useSession();
  const [loaded, setLoaded] = useState<T>();
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);

  const report = useCallback(
    (error: unknown) => {
      if (error instanceof ApiError && error.isSignedOut) markEnded();
      setFailure(error instanceof Error ? error.message : otherwise);
    },
    [markEnded, otherwise],
  );

  const load = useCallback(async () => {
    try {
      setLoaded(await fetch());
      setFailure(undefined);
    } catch (error) {
      report(error);
    }
  }, [fetch, report]);

  useEffect(() => {
    void load();
  }, [load]);

  async function change(action: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    try {
      await action();
      await load();
      return true;
    } catch (error) {
      report(error);
      return false;
    } finally {
      setBusy(false);
    }
  }

  return { loaded, failure, load, busy, change };
}
