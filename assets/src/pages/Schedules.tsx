import { Link } from "wouter";
import { fetchSchedules } from "../api/client";
import type { Schedule } from "../api/types";
import { chatPath } from "../app/routes";
import { useLoaded } from "../app/useLoaded";
import { cardClass } from "../ui/Card";
import { Page, Problem } from "../ui/Page";
import { Hint, Title } from "../ui/Text";
import { moment, timeZone } from "../words/time";

/** What Deputy will do by itself, and when. */
export default function SchedulesPage() {
  const { loaded: schedules, failure, load } = useLoaded(fetchSchedules, "Your schedules could not be loaded.");

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
