/** The browser's IANA time zone; UTC where it does not know. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** A moment, in the reader's language and zone: "Tue, 24 Nov, 09:00". Milliseconds or an ISO text; undefined when neither. */
export function moment(value: unknown): string | undefined {
  const time = typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (!Number.isFinite(time)) return undefined;
  return new Intl.DateTimeFormat(undefined, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(time);
}
