import type { ComponentProps } from "react";
import { classes } from "./classes";

/** A field for one line of text. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={classes(FIELD, LINE, className)} {...rest} />;
}

/** A field that grows with its text, up to a good part of the window. */
export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea className={classes(FIELD, "field-sizing-content max-h-[40dvh] min-h-11 resize-none rounded-xl px-3.5 py-2", className)} {...rest} />
  );
}

/** A choice of a few. */
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={classes(FIELD, LINE, className)} {...rest} />;
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

const FIELD = "border border-control bg-surface disabled:opacity-60";
const LINE = "min-h-9 rounded-lg px-2.5 py-1 pointer-coarse:min-h-11";
