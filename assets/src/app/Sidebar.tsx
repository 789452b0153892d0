import { useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { type ChatSummary, displayName, type User } from "../api/types";
import { Button, IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { Select } from "../ui/Field";
import { RenameField } from "../ui/RenameField";
import { Hint } from "../ui/Text";
import { Brand } from "./Brand";
import { useChats } from "./chats";
import { announceLogOut } from "./logOut";
import { chatPath } from "./routes";
import { type Theme, useTheme } from "./theme";

interface Props {
  user: User;
  /** The id of the chat on screen, if one is. */
  current: string | undefined;
  onNavigate: () => void;
}

/** Navigation: new chat, the chats, connections, documents, schedules, servers, sessions, theme, log out. */
export function Sidebar({ user, current, onNavigate }: Props) {
  const { chats, problem, create } = useChats();
  const [path, navigate] = useLocation();
  const [creating, setCreating] = useState(false);
  const [failure, setFailure] = useState<string>();

  async function newChat() {
    setCreating(true);
    setFailure(undefined);
    try {
      navigate(chatPath(await create()));
      onNavigate();
    } catch (error) {
      setFailure(error instanceof Error ? error.message : "The chat could not be created.");
    } finally {
      setCreating(false);
    }
  }

  return (
    <>
      <div className="flex items-center justify-between pl-2">
        <Brand onFollow={onNavigate} />
        <Button onClick={() => void newChat()} disabled={creating}>
          New chat
        </Button>
      </div>
      {(failure ?? problem) && (
        <p className="text-sm text-danger" role="alert">
          {failure ?? problem}
        </p>
      )}
      <nav aria-label="Chats" className="min-h-0 flex-1 overflow-y-auto">
        {chats === undefined && !problem && <Hint className="px-2">Loading your chats…</Hint>}
        {chats?.length === 0 && <Hint className="px-2">No chats yet.</Hint>}
        <ul className="grid grid-cols-1 gap-0.5 p-0.5">
          {chats?.map((chat) => (
            <ChatRow key={chat.id} chat={chat} current={chat.id === current} onNavigate={onNavigate} />
          ))}
        </ul>
      </nav>
      <nav aria-label="Account" className="grid gap-1 border-t border-line pt-3">
        <Link href="/connections" className={NAVIGATION} onClick={onNavigate} aria-current={path === "/connections" ? "page" : undefined}>
          Connections
        </Link>
        <Link href="/documents" className={NAVIGATION} onClick={onNavigate} aria-current={path.startsWith("/documents") ? "page" : undefined}>
          Documents
        </Link>
        <Link href="/schedules" className={NAVIGATION} onClick={onNavigate} aria-current={path === "/schedules" ? "page" : undefined}>
          Schedules
        </Link>
        <Link href="/servers" className={NAVIGATION} onClick={onNavigate} aria-current={path === "/servers" ? "page" : undefined}>
          Tools & servers
        </Link>
        <Link href="/sessions" className={NAVIGATION} onClick={onNavigate} aria-current={path === "/sessions" ? "page" : undefined}>
          Sessions
        </Link>
        <ThemeChoice />
        <form method="post" action="/auth/logout" className={SETTING} onSubmit={announceLogOut}>
          <span className="min-w-0 truncate" title={user.email ?? user.name}>
            {displayName(user)}
          </span>
          <Button type="submit" small>
            Log out
          </Button>
        </form>
      </nav>
    </>
  );
}

function ChatRow({ chat, current, onNavigate }: { chat: ChatSummary; current: boolean; onNavigate: () => void }) {
  const { rename, remove } = useChats();
  const [, navigate] = useLocation();
  const [mode, setMode] = useState<"show" | "rename" | "delete">("show");
  const renameButton = useRef<HTMLButtonElement>(null);
  const title = chat.title || "New chat";

  function finishRename(value: string | undefined) {
    setMode("show");
    const wanted = value?.trim();
    if (wanted && wanted !== chat.title) void rename(chat.id, wanted);
    // The button is hidden while the field is shown; it can take the focus only after the next paint.
    requestAnimationFrame(() => renameButton.current?.focus());
  }

  if (mode === "rename") {
    return (
      <li className={ROW}>
        <RenameField label="Chat title" title={chat.title} onDone={finishRename} />
      </li>
    );
  }
  return (
    <li className={classes(ROW, current ? "bg-mine" : "hover:bg-raised")}>
      <Link
        href={chatPath(chat.id)}
        className="min-w-0 flex-1 truncate px-2 py-1.5 text-text no-underline"
        aria-current={current ? "page" : undefined}
        onClick={onNavigate}
        title={title}
      >
        {title}
      </Link>
      <IconButton ref={renameButton} label={`Rename ${title}`} sign="✎" className={current ? "" : SHY} onClick={() => setMode("rename")} />
      <IconButton label={`Delete ${title}`} sign="✕" className={current ? "" : SHY} onClick={() => setMode("delete")} />
      {mode === "delete" && (
        <ConfirmDialog
          title="Delete this chat?"
          confirm="Delete"
          onCancel={() => setMode("show")}
          onConfirm={() => {
            setMode("show");
            if (current) navigate("/");
            void remove(chat.id);
          }}
        >
          <p>“{title}” and everything in it will be gone. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </li>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useTheme();
  return (
    <label className={SETTING}>
      <span>Theme</span>
      <Select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </Select>
    </label>
  );
}

const NAVIGATION = "rounded-lg px-2 py-1.5 text-text no-underline hover:bg-raised aria-[current=page]:bg-mine";
const SETTING = "flex items-center justify-between gap-2 px-2 py-1";
const ROW = "group flex items-center rounded-lg";
/** Out of the way until its row is pointed at or has the focus. */
const SHY =
  "[@media(hover:hover)]:not-group-hover:not-group-focus-within:w-0 [@media(hover:hover)]:not-group-hover:not-group-focus-within:min-w-0 [@media(hover:hover)]:not-group-hover:not-group-focus-within:overflow-hidden";
