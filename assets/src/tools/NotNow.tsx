import { useState } from "react";
import { Button } from "../ui/Button";

/** Ends the wait of a call, once: the card stays until the server has answered. */
export function NotNow({ onPress }: { onPress: () => void }) {
  const [pressed, setPressed] = useState(false);
  return (
    <Button
      disabled={pressed}
      onClick={() => {
        setPressed(true);
        onPress();
      }}
    >
      Not now
    </Button>
  );
}
