import { useState } from "react";
import { Button } from "../ui/Button";
import { cardClass } from "../ui/Card";
import { Input } from "../ui/Field";
import { Actions, Hint } from "../ui/Text";

/** Adds a server by its address. */
export function AddServer({ busy, onAdd }: { busy: boolean; onAdd: (url: string, name: string) => Promise<boolean> }) {
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");

  async function submit() {
    if (await onAdd(url.trim(), name.trim())) {
      setUrl("");
      setName("");
    }
  }

  return (
    <form
      className={cardClass()}
      aria-label="Add a server"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 className="text-lg">Add a server</h2>
      <Hint>
        Tools of an MCP server are written by whoever runs it. Add only servers you trust with what you say to them; Deputy asks you before a tool
        changes anything.
      </Hint>
      <label className="grid w-full gap-1">
        Address
        <Input
          type="url"
          required
          maxLength={2000}
          placeholder="https://mcp.example.com/mcp"
          value={url}
          onChange={({ target }) => setUrl(target.value)}
        />
      </label>
      <label className="grid w-full gap-1">
        Name (optional)
        <Input maxLength={60} value={name} onChange={({ target }) => setName(target.value)} />
      </label>
      <Actions>
        <Button type="submit" look="primary" disabled={busy || url.trim() === ""}>
          Add
        </Button>
      </Actions>
    </form>
  );
}
