import type { ComponentProps } from "react";
import { classes } from "./classes";

export type ButtonLook = "plain" | "primary" | "danger" | "quiet";

interface Look {
  look?: ButtonLook;
  small?: boolean;
}

/** A button; it submits nothing unless it says so. */
export function Button({ look, small, className, type = "button", ...rest }: Look & ComponentProps<"button">) {
  return <button type={type} className={classes(buttonClass(look, small), className)} {...rest} />;
}

/** A link that looks like a button. */
export function ButtonLink({ look, small, className, ...rest }: Look & ComponentProps<"a">) {
  return <a className={classes(buttonClass(look, small), className)} {...rest} />;
}

/** A button with a sign and no word: its name is said by `label`. */
export function IconButton({ label, sign, className, ...rest }: { label: string; sign: string } & ComponentProps<"button">) {
  return (
    <button type="button" aria-label={label} title={label} className={classes(ICON, className)} {...rest}>
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

/** For elements of others, such as the router's links. */
export function buttonClass(look: ButtonLook = "plain", small = false): string {
  return classes(BASE, small ? "min-h-8 px-3 py-0.5 text-sm" : "min-h-10 px-4 py-1.5", LOOKS[look]);
}

const BASE =
  "inline-flex flex-none items-center justify-center gap-1.5 rounded-lg border no-underline transition-colors pointer-coarse:min-h-11 disabled:cursor-not-allowed disabled:opacity-60";

const LOOKS: Record<ButtonLook, string> = {
  plain: "border-control bg-surface text-text enabled:hover:bg-raised [a&]:hover:bg-raised",
  primary: "border-accent bg-accent font-semibold text-on-accent enabled:hover:bg-accent-strong [a&]:hover:bg-accent-strong",
  danger: "border-danger bg-surface text-danger enabled:hover:bg-danger-ground",
  quiet:
    "border-transparent text-quiet enabled:hover:bg-raised enabled:hover:text-text aria-pressed:border-accent aria-pressed:bg-mine aria-pressed:text-text",
};

const ICON =
  "inline-grid min-h-8 min-w-8 flex-none place-items-center rounded-lg text-quiet hover:bg-raised hover:text-text pointer-coarse:min-h-11 pointer-coarse:min-w-11";
