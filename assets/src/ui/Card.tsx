import type { ComponentProps } from "react";
import { classes } from "./classes";

export type CardTone = "plain" | "ask" | "problem";

/** A framed piece of a page. `ask` is a question to the user, `problem` something that went wrong. */
export function Card({ tone = "plain", centered, ...rest }: { tone?: CardTone; centered?: boolean } & Omit<ComponentProps<"div">, "className">) {
  return <div className={cardClass(tone, centered)} {...rest} />;
}

/** The same for a list item or a section. */
export function cardClass(tone: CardTone = "plain", centered = false): string {
  return classes(
    "grid grid-cols-1 gap-3 rounded-xl border px-5 focus:outline-none focus-visible:outline-2 focus-visible:-outline-offset-1",
    centered ? "justify-items-center py-10 text-center" : "justify-items-start py-4",
    TONES[tone],
  );
}

const TONES: Record<CardTone, string> = {
  plain: "border-line bg-surface",
  ask: "border-ask bg-ask-ground",
  problem: "border-danger bg-danger-ground wrap-anywhere",
};
