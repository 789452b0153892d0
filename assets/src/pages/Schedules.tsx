import { useCallback, useEffect, useState } from "react";
import { Link } from "wouter";
import { ApiError, fetchSchedules } from "../api/client";
import type { Schedule } from "../api/types";
import { chatPath } from "../app/routes";
import { useSession } from "../app/session";
import { moment, timeZone } from "../words/time";

/** What Deputy will do by itself, and when. */
export function SchedulesPage() {
  const { markEnded } = useSession();
  const [schedules, setSchedules] = useState<Schedule[]>();
  const [failure, setFailure] = useState<string>();

  const load = useCallback(async () => {
    try {
      setSchedules(await fetchSchedules());
      setFailure(undefined);
    } catch (error) {
      if (error instanceof ApiError && error.isSignedOut) markEnded();
      setFailure(error instanceof Error ? error.message : "Your schedules could not be loaded.");
    }
  }, [markEnded]);

  useEffect(() => {
    void load();
  }, [load]);

  return (
    <div className="page">
      <h1>Schedules</h1>
      <p className="hint">What Deputy will do for you by itself. Times are shown in {timeZone()}. To change or cancel one, ask in its chat.</p>
      {failure && (
        <div className="card" role="alert">
          <p>{failure}</p>
          <button type="button" className="button" onClick={() => void load()}>
            Try again
          </button>
        </div>
      )}
      {schedules === undefined && !failure && <p className="hint">Loading…</p>}
      {schedules?.length === 0 && <p>Nothing is scheduled. Try “In 5 seconds remind me to stretch” in a chat.</p>}
      <ul className="cards" aria-label="Scheduled tasks">
        {schedules?.map((schedule) => (
          <li key={schedule.id} className="card">
            <h2>{schedule.description}</h2>
            <p>{whenInWords(schedule)}</p>
            <Link href={chatPath(schedule.chatId)}>Open its chat</Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function whenInWords(schedule: Schedule): string {
  const next = moment(schedule.nextRun ?? schedule.time);
  if (schedule.cron) return next ? `Repeats (${schedule.cron}); next on ${next}` : `Repeats (${schedule.cron})`;
  return next ? `Once, on ${next}` : "Once";
}
