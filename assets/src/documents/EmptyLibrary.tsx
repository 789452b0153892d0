import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Hint } from "../ui/Text";

/** Where there is no document yet: two to try it with. */
export function EmptyLibrary({ busy, onSamples }: { busy: boolean; onSamples: () => void }) {
  return (
    <Card centered>
      <h2 className="text-lg">No documents yet</h2>
      <p>Upload one above, or begin with two samples about a company called ZEKO: one that everybody may see, and a confidential forecast.</p>
      <Button look="primary" disabled={busy} onClick={onSamples}>
        Add the two samples
      </Button>
      <Hint>Then ask in a chat: “Show me forecast for ZEKO?”</Hint>
    </Card>
  );
}
