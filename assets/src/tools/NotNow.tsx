import { useState } from "react";

/** Ends the wait of a call, once: the card stays until the server has answered. */
export function NotNow({ onPress }: { onPress: () => void }) {
  const [pressed, setPressed] = useState(false);
  return (
    <button
      type="button"
      className="button"
      disabled={pressed}
      onClick={() => {
        setPressed(true);
        onPress();
      }}
    >
      Not now
    </button>
  );
}
