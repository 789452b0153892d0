import { useEffect, useState } from "react";
import { Hint } from "../ui/Text";
import { minutesAndSeconds, timeOfDay } from "../words/time";

/** How long a question can still be answered. It counts for the eyes; who listens is told the time of day, once. */
export function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now);
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  const over = left === 0;

  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [over]);

  return (
    <Hint>
      <span aria-hidden="true" className="tabular-nums" data-testid="countdown">
        {over ? "The time to answer is over." : `Expires in ${minutesAndSeconds(left)}`}
      </span>
      <span className="sr-only">It can be answered until {timeOfDay(until)}.</span>
    </Hint>
  );
}
