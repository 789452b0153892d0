import { useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { type ChatSummary, displayName, type User } from "../api/types";
import { useChats } from "./chats";
import { ConfirmDialog } from "./Dialog";
import { announceLogOut } from "./logOut";
import { chatPath } from "./routes";
import { type Theme, useTheme } from "./theme";

interface Props {
  user: User;
  /** The id of the chat on screen, if one is. */
  current: string | undefined;
  onNavigate: () => void;
}

/** Navigation: new chat, the chats, connections, schedules, theme, log out. */
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
      <div className="sidebar-head">
        <Link href="/" className="brand" onClick={onNavigate}>
          <img src="/favicon.svg" alt="" width="24" height="24" />
          Deputy
        </Link>
        <button type="button" className="button" onClick={() => void newChat()} disabled={creating}>
          New chat
        </button>
      </div>
      {(failure ?? problem) && (
        <p className="hint problem" role="alert">
          {failure ?? problem}
        </p>
      )}
      <nav aria-label="Chats" className="chat-list">
        {chats === undefined && !problem && <p className="hint">Loading your chats…</p>}
        {chats?.length === 0 && <p className="hint">No chats yet.</p>}
        <ul>
          {chats?.map((chat) => (
            <ChatRow key={chat.id} chat={chat} current={chat.id === current} onNavigate={onNavigate} />
          ))}
        </ul>
      </nav>
      <nav aria-label="Account" className="sidebar-foot">
        <Link href="/connections" onClick={onNavigate} aria-current={path === "/connections" ? "page" : undefined}>
          Connections
        </Link>
        <Link href="/schedules" onClick={onNavigate} aria-current={path === "/schedules" ? "page" : undefined}>
          Schedules
        </Link>
        <ThemeChoice />
        <form method="post" action="/auth/logout" className="account" onSubmit={announceLogOut}>
          <span className="account-name" title={user.email ?? user.name}>
            {displayName(user)}
          </span>
          <button type="submit" className="button small">
            Log out
          </button>
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
      <li className="chat-row">
        <RenameField title={chat.title} onDone={finishRename} />
      </li>
    );
  }
  return (
    <li className={current ? "chat-row current" : "chat-row"}>
      <Link href={chatPath(chat.id)} aria-current={current ? "page" : undefined} onClick={onNavigate} title={title}>
        {title}
      </Link>
      <button ref={renameButton} type="button" className="icon" aria-label={`Rename ${title}`} onClick={() => setMode("rename")}>
        <span aria-hidden="true">✎</span>
      </button>
      <button type="button" className="icon" aria-label={`Delete ${title}`} onClick={() => setMode("delete")}>
        <span aria-hidden="true">✕</span>
      </button>
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

function RenameField({ title, onDone }: { title: string; onDone: (title: string | undefined) => void }) {
  const [value, setValue] = useState(title);
  const done = useRef(false);
  const finish = (result: string | undefined) => {
    // Enter also takes the focus away, and that must not answer a second time.
    if (done.current) return;
    done.current = true;
    onDone(result);
  };
  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault();
        finish(value);
      }}
    >
      <input
        aria-label="Chat title"
        value={value}
        maxLength={200}
        ref={(element) => {
          if (element && document.activeElement !== element && !done.current) {
            element.focus();
            element.select();
          }
        }}
        onChange={(event) => setValue(event.target.value)}
        onBlur={() => finish(value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            finish(undefined);
          }
        }}
      />
    </form>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useTheme();
  return (
    <label className="theme">
      <span>Theme</span>
      <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
