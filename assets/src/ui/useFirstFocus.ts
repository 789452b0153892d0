import { type RefObject, useEffect, useRef } from "react";

/** For a field that appears because the user asked for it: it takes the focus, once. */
export function useFirstFocus<E extends HTMLElement>(): RefObject<E | null> {
  const field = useRef<E>(null);
  useEffect(() => field.current?.focus(), []);
  return field;
}
