import type { ComponentProps } from "react";
import { classes } from "./classes";

export type CardTone = "plain" | "ask" | "problem";

/** A framed piece of a page. `ask` is a question to the user, `problem` something that went wrong. */
export function Card({ tone = "plain", className, ...rest }: { tone?: CardTone } & ComponentProps<"div">) {
  return <div className={classes(cardClass(tone), className)} {...rest} />;
}

/** The same for a list item or a section. */
export function cardClass(tone: CardTone = "plain"): string {
  return classes(
    "grid grid-cols-1 justify-items-start gap-3 rounded-xl border px-5 py-4 focus:outline-none focus-visible:outline-2 focus-visible:-outline-offset-1",
    TONES[tone],
  );
}

const TONES: Record<CardTone, string> = {
  plain: "border-line bg-surface",
  ask: "border-ask bg-ask-ground",
  problem: "border-danger bg-danger-ground wrap-anywhere",
};
