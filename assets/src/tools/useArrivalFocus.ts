import { type RefObject, useEffect } from "react";

/**
 * Moves the focus to a card that has just appeared, unless the user is busy elsewhere: typing, or on a control. The card
 * itself takes it, never its buttons, so that a key already on its way cannot answer.
 */
export function useArrivalFocus(card: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const active = document.activeElement;
    const idle = active === null || active === document.body || (active instanceof HTMLTextAreaElement && active.value === "");
    if (idle) card.current?.focus({ preventScroll: true });
  }, [card]);
}
