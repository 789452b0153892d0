import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes";

/** What may be passed over. */
export function Hint({ className, ...rest }: ComponentProps<"p">) {
  return <p className={classes("text-sm text-quiet", className)} {...rest} />;
}

/** The heading of a page. */
export function Title({ className, ...rest }: ComponentProps<"h1">) {
  return <h1 className={classes("text-2xl leading-tight", className)} {...rest} />;
}

/** Buttons beside each other, below each other where there is no room. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-2">{children}</div>;
}

/** Pairs of a word and what it stands for: `dt` and `dd`. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 [&>dt]:text-quiet">{children}</dl>;
}

/** A list whose items are each ticked off. */
export function Checks({ className, ...rest }: ComponentProps<"ul">) {
  return (
    <ul
      className={classes(
        "grid gap-0.5 [&>li]:pl-6 [&>li]:-indent-6 [&>li]:before:inline-block [&>li]:before:w-6 [&>li]:before:indent-0 [&>li]:before:font-bold [&>li]:before:text-good [&>li]:before:content-['✓'/'']",
        className,
      )}
      {...rest}
    />
  );
}

/** Something as a program sees it; it scrolls by itself. */
export function Code({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    <pre tabIndex={0} aria-label={label} className={classes("max-h-80 overflow-auto rounded-lg bg-raised p-3 text-sm text-text", className)}>
      {children}
    </pre>
  );
}
