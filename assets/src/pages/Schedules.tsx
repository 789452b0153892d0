import { useCallback, useEffect, useState } from "react";
import { Link } from "wouter";
import { ApiError, fetchSchedules } from "../api/client";
import type { Schedule } from "../api/types";
import { chatPath } from "../app/routes";
import { useSession } from "../app/session";
import { cardClass } from "../ui/Card";
import { Page, Problem } from "../ui/Page";
import { Hint, Title } from "../ui/Text";
import { moment, timeZone } from "../words/time";

/** What Deputy will do by itself, and when. */
export default function SchedulesPage() {
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
    <Page>
      <Title>Schedules</Title>
      <Hint>What Deputy will do for you by itself. Times are shown in {timeZone()}. To change or cancel one, ask in its chat.</Hint>
      {failure && (
        <Problem onRetry={() => void load()}>
          <p>{failure}</p>
        </Problem>
      )}
      {schedules === undefined && !failure && <Hint>Loading…</Hint>}
      {schedules?.length === 0 && <p>Nothing is scheduled. Try “In 5 seconds remind me to stretch” in a chat.</p>}
      <ul className="grid gap-3" aria-label="Scheduled tasks">
        {schedules?.map((schedule) => (
          <li key={schedule.id} className={cardClass()}>
            <h2>{schedule.description}</h2>
            <p>{whenInWords(schedule)}</p>
            <Link href={chatPath(schedule.chatId)}>Open its chat</Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}

function whenInWords(schedule: Schedule): string {
  const next = moment(schedule.nextRun ?? schedule.time);
  if (schedule.cron) return next ? `Repeats (${schedule.cron}); next on ${next}` : `Repeats (${schedule.cron})`;
  return next ? `Once, on ${next}` : "Once";
}
