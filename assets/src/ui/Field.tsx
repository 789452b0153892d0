import type { ComponentProps } from "react";
import { classes } from "./classes";

/** A field for one line of text. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={classes(FIELD, className)} {...rest} />;
}

/** A choice of a few. */
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={classes(FIELD, className)} {...rest} />;
}

/** A box to tick, with its words. */
export function Checkbox({ children, ...rest }: ComponentProps<"input">) {
  return (
    <label className="flex min-h-7 items-center gap-2 pointer-coarse:min-h-11">
      <input type="checkbox" className="size-4 accent-accent" {...rest} />
      <span>{children}</span>
    </label>
  );
}

/** What every field looks like. */
export const FIELD = "min-h-9 rounded-lg border border-control bg-surface px-2.5 py-1 pointer-coarse:min-h-11 disabled:opacity-60";
