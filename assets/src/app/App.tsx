import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { displayName, type User } from "../api/types";
import { ConnectionsPage } from "../pages/Connections";
import { Landing } from "../pages/Landing";
import { NotFound } from "../pages/NotFound";
import { SchedulesPage } from "../pages/Schedules";
import { StartPage } from "../pages/Start";
import { OfflineBanner } from "./Banner";
import { ChatsProvider, useChats } from "./chats";
import { ErrorBoundary } from "./ErrorBoundary";
import { loginPath, parseRoute, type Route } from "./routes";
import { useSession } from "./session";
import { Sidebar } from "./Sidebar";

// The chat hooks are most of the script; a visitor who is not logged in does without them.
const ChatPage = lazy(() => import("../chat/ChatPage"));

/** Decides between the landing page and the application. */
export function App() {
  const { session, environment, recheck } = useSession();
  const [path] = useLocation();

  let content: ReactNode;
  switch (session.status) {
    case "loading":
      content = (
        <main className="page" aria-busy="true">
          <p className="hint">Loading…</p>
        </main>
      );
      break;
    case "anonymous":
      content = <Landing environment={environment} path={path} />;
      break;
    case "failed":
      content = (
        <main className="page">
          <div className="card" role="alert">
            <h1>Authentication error</h1>
            <p>{session.error.message}</p>
            <button type="button" className="button primary" onClick={() => void recheck()}>
              Try again
            </button>
          </div>
        </main>
      );
      break;
    case "left":
      content = (
        <main className="page">
          <SignedOut path={path} />
        </main>
      );
      break;
    case "user":
    case "ended":
      content = (
        <ChatsProvider key={`${session.user.sub} ${session.logins}`}>
          <Shell user={session.user} path={path} ended={session.status === "ended"} />
        </ChatsProvider>
      );
      break;
  }

  return (
    <div className="app">
      <OfflineBanner environment={environment} />
      {content}
    </div>
  );
}

function Shell({ user, path, ended }: { user: User; path: string; ended: boolean }) {
  const route = parseRoute(path);
  const [open, setOpen] = useState(false);
  const menu = useRef<HTMLButtonElement>(null);
  const main = useMainFocus(path);
  useDocumentTitle(route);

  return (
    <div className={open ? "shell menu-open" : "shell"}>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="topbar">
        <button ref={menu} type="button" className="button small" aria-expanded={open} aria-controls="sidebar" onClick={() => setOpen(!open)}>
          Menu
        </button>
        <span className="brand">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          Deputy
        </span>
      </header>
      <aside
        id="sidebar"
        className="sidebar"
        aria-label="Sidebar"
        onKeyDown={(event) => {
          if (event.key === "Escape" && open) {
            setOpen(false);
            menu.current?.focus();
          }
        }}
      >
        {ended ? (
          <EndedSidebar path={path} />
        ) : (
          <Sidebar user={user} current={route.page === "chat" ? route.id : undefined} onNavigate={() => setOpen(false)} />
        )}
      </aside>
      <main ref={main} id="main" className="main" tabIndex={-1}>
        <ErrorBoundary key={path}>
          <Suspense fallback={<p className="hint page">Loading…</p>}>
            {/* A chat stays on screen, and says itself that it cannot go on. */}
            {ended && route.page !== "chat" ? (
              <div className="page">
                <SignedOut path={path} />
              </div>
            ) : (
              <Page route={route} user={user} />
            )}
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  );
}

function Page({ route, user }: { route: Route; user: User }) {
  switch (route.page) {
    case "home":
      return <StartPage name={displayName(user)} />;
    case "chat":
      return <ChatPage key={route.id} id={route.id} name={displayName(user)} />;
    case "connections":
      return <ConnectionsPage />;
    case "schedules":
      return <SchedulesPage />;
    case "not-found":
      return <NotFound />;
  }
}

function SignedOut({ path }: { path: string }) {
  return (
    <div className="card" role="alert">
      <h1>You are signed out</h1>
      <p>Your session has ended, so Deputy has stopped showing your chats. Log in again to go on where you were.</p>
      <a className="button primary" href={loginPath(path)}>
        Log in
      </a>
    </div>
  );
}

/** Instead of navigation that would lead nowhere. */
function EndedSidebar({ path }: { path: string }) {
  return (
    <div className="sidebar-head">
      <span className="brand">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        Deputy
      </span>
      <a className="button" href={loginPath(path)}>
        Log in
      </a>
    </div>
  );
}

/** After a navigation the focus goes into the new page, unless that page has put it somewhere already. */
function useMainFocus(path: string) {
  const main = useRef<HTMLElement>(null);
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    if (!main.current?.contains(document.activeElement)) main.current?.focus();
  }, [path]);
  return main;
}

function useDocumentTitle(route: Route) {
  const { chats } = useChats();
  const title =
    route.page === "chat"
      ? (chats?.find((chat) => chat.id === route.id)?.title ?? "Chat")
      : { home: "", connections: "Connections", schedules: "Schedules", "not-found": "Not found" }[route.page];
  useEffect(() => {
    document.title = title ? `${title} · Deputy` : "Deputy";
  }, [title]);
}
