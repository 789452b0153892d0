import { type ReactNode, useRef, useState } from "react";
import { Link } from "wouter";
import type { Folder, Item } from "../api/documents";
import { Button } from "../ui/Button";
import { cardClass } from "../ui/Card";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Select } from "../ui/Field";
import { RenameField } from "../ui/RenameField";
import { Actions, Hint } from "../ui/Text";
import { useFirstFocus } from "../ui/useFirstFocus";
import { placesFor } from "./tree";

/** What the owner does with a document or folder. */
export interface ItemActions {
  rename: (item: Item, title: string) => void;
  move: (item: Item, folder: string | null) => void;
  remove: (item: Item) => void;
  share: (item: Item) => void;
}

interface Props {
  item: Item;
  href: string;
  mine: boolean;
  /** Where it is now. */
  place: string | null;
  folders: readonly Folder[];
  actions: ItemActions;
  /** What is said of it below its title. */
  children: ReactNode;
}

/** A row of the list: the title leads to it, and whoever it belongs to can share, rename, move and delete it. */
export function ItemRow({ item, href, mine, place, folders, actions, children }: Props) {
  const [mode, setMode] = useState<"show" | "rename" | "move" | "remove">("show");
  const { title } = item;
  const renameButton = useRef<HTMLButtonElement>(null);
  const moveButton = useRef<HTMLButtonElement>(null);
  const show = () => {
    const button = mode === "rename" ? renameButton : moveButton;
    setMode("show");
    // A button that was hidden can take the focus only after the next paint.
    if (mode !== "remove") requestAnimationFrame(() => button.current?.focus());
  };

  return (
    <li className={cardClass()} data-kind={item.kind}>
      {mode === "rename" ? (
        <div className="flex w-full">
          <RenameField
            label={`New title of ${title}`}
            title={title}
            onDone={(value) => {
              show();
              const wanted = value?.trim();
              if (wanted && wanted !== title) actions.rename(item, wanted);
            }}
          />
        </div>
      ) : (
        <h2 className="min-w-0 wrap-anywhere">
          {item.kind === "folders" && <span aria-hidden="true">📁 </span>}
          <Link href={href}>{title}</Link>
        </h2>
      )}
      <Hint>{children}</Hint>
      {mine && mode === "move" && (
        <MoveForm item={item} place={place} folders={folders} onCancel={show} onMove={(folder) => (show(), actions.move(item, folder))} />
      )}
      {mine && mode !== "move" && (
        <Actions>
          <Button small aria-label={`Share ${title}`} onClick={() => actions.share(item)}>
            Share
          </Button>
          <Button ref={renameButton} small aria-label={`Rename ${title}`} onClick={() => setMode("rename")}>
            Rename
          </Button>
          <Button ref={moveButton} small aria-label={`Move ${title}`} onClick={() => setMode("move")}>
            Move
          </Button>
          <Button small aria-label={`Delete ${title}`} onClick={() => setMode("remove")}>
            Delete
          </Button>
        </Actions>
      )}
      {mode === "remove" && (
        <ConfirmDialog
          title={item.kind === "folders" ? "Delete this folder?" : "Delete this document?"}
          confirm="Delete"
          onCancel={show}
          onConfirm={() => {
            show();
            actions.remove(item);
          }}
        >
          {item.kind === "folders" ? (
            <p>“{title}” will be gone. Only an empty folder can be deleted.</p>
          ) : (
            <p>“{title}” will be gone, also for everybody you have shared it with. This cannot be undone.</p>
          )}
        </ConfirmDialog>
      )}
    </li>
  );
}

interface MoveProps {
  item: Item;
  place: string | null;
  folders: readonly Folder[];
  onMove: (folder: string | null) => void;
  onCancel: () => void;
}

function MoveForm({ item, place, folders, onMove, onCancel }: MoveProps) {
  const [chosen, setChosen] = useState(place ?? "");
  const field = useFirstFocus<HTMLSelectElement>();
  return (
    <form
      className="flex w-full flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen === (place ?? "")) onCancel();
        else onMove(chosen === "" ? null : chosen);
      }}
    >
      <Select
        ref={field}
        className="min-w-0 flex-1"
        aria-label={`Where to put ${item.title}`}
        value={chosen}
        onChange={({ target }) => setChosen(target.value)}
      >
        <option value="">No folder</option>
        {placesFor(folders, item).map(({ id, words }) => (
          <option key={id} value={id}>
            {words}
          </option>
        ))}
      </Select>
      <Button small type="submit" look="primary">
        Move
      </Button>
      <Button small onClick={onCancel}>
        Cancel
      </Button>
    </form>
  );
}
