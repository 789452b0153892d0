import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { displayName, type User } from "../api/types";
import { Landing } from "../pages/Landing";
import { NotFound } from "../pages/NotFound";
import { StartPage } from "../pages/Start";
import { Button, ButtonLink } from "../ui/Button";
import { Card } from "../ui/Card";
import { classes } from "../ui/classes";
import { MainPage, Page, Problem } from "../ui/Page";
import { Hint, Title } from "../ui/Text";
import { OfflineBanner } from "./Banner";
import { Brand } from "./Brand";
import { ChatsProvider, useChats } from "./chats";
import { ErrorBoundary } from "./ErrorBoundary";
import { loginPath, parseRoute, type Route } from "./routes";
import { useSession } from "./session";
import { Sidebar } from "./Sidebar";

// Each page comes when it is visited. The chat hooks are most of the script; a visitor who is not logged in does without them.
const ChatPage = lazy(() => import("../chat/ChatPage"));
const ConnectionsPage = lazy(() => import("../pages/Connections"));
const DocumentsPage = lazy(() => import("../pages/Documents"));
const DocumentPage = lazy(() => import("../pages/Document"));
const SchedulesPage = lazy(() => import("../pages/Schedules"));
const SessionsPage = lazy(() => import("../pages/Sessions"));

/** Decides between the landing page and the application. */
export function App() {
  const { session, environment, recheck } = useSession();
  const [path] = useLocation();

  let content: ReactNode;
  switch (session.status) {
    case "loading":
      content = (
        <MainPage aria-busy="true">
          <Hint>Loading…</Hint>
        </MainPage>
      );
      break;
    case "anonymous":
      content = <Landing environment={environment} path={path} />;
      break;
    case "failed":
      content = (
        <MainPage>
          <Problem title="Authentication error" onRetry={() => void recheck()}>
            <p>{session.error.message}</p>
          </Problem>
        </MainPage>
      );
      break;
    case "left":
      content = (
        <MainPage>
          <SignedOut path={path} />
        </MainPage>
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
    <div className="flex h-dvh flex-col pt-[env(safe-area-inset-top)] pr-[env(safe-area-inset-right)] pb-[env(safe-area-inset-bottom)] pl-[env(safe-area-inset-left)]">
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
    <div className="relative grid min-h-0 flex-1 grid-cols-[17rem_minmax(0,1fr)] grid-rows-[minmax(0,1fr)] max-md:grid-cols-[minmax(0,1fr)] max-md:grid-rows-[auto_minmax(0,1fr)]">
      <a className="absolute top-2 left-2 z-30 rounded-lg bg-accent px-4 py-2 text-on-accent not-focus:sr-only" href="#main">
        Skip to content
      </a>
      <header className="hidden items-center gap-3 border-b border-line bg-surface px-3 py-1.5 max-md:flex">
        <Button ref={menu} small aria-expanded={open} aria-controls="sidebar" onClick={() => setOpen(!open)}>
          Menu
        </Button>
        <Brand />
      </header>
      <aside
        id="sidebar"
        className={classes(
          "flex min-h-0 flex-col gap-3 border-r border-line bg-surface p-3",
          "max-md:z-10 max-md:col-start-1 max-md:row-start-2 max-md:mr-[15%] max-md:shadow-2xl max-md:transition-[translate,visibility]",
          !open && "max-md:invisible max-md:-translate-x-full",
        )}
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
      <main ref={main} id="main" className="min-h-0 min-w-0 overflow-y-auto focus:outline-none max-md:col-start-1 max-md:row-start-2" tabIndex={-1}>
        <ErrorBoundary key={path}>
          <Suspense
            fallback={
              <Page>
                <Hint>Loading…</Hint>
              </Page>
            }
          >
            {/* A chat stays on screen, and says itself that it cannot go on. */}
            {ended && route.page !== "chat" ? (
              <Page>
                <SignedOut path={path} />
              </Page>
            ) : (
              <RoutePage route={route} user={user} />
            )}
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  );
}

function RoutePage({ route, user }: { route: Route; user: User }) {
  switch (route.page) {
    case "home":
      return <StartPage name={displayName(user)} />;
    case "chat":
      return <ChatPage key={route.id} id={route.id} name={displayName(user)} />;
    case "connections":
      return <ConnectionsPage />;
    case "documents":
      return <DocumentsPage />;
    case "document":
      return <DocumentPage key={route.id} id={route.id} />;
    case "schedules":
      return <SchedulesPage />;
    case "sessions":
      return <SessionsPage />;
    case "not-found":
      return <NotFound />;
  }
}

function SignedOut({ path }: { path: string }) {
  return (
    <Card role="alert">
      <Title>You are signed out</Title>
      <p>Your session has ended, so Deputy has stopped showing your chats. Log in again to go on where you were.</p>
      <ButtonLink look="primary" href={loginPath(path)}>
        Log in
      </ButtonLink>
    </Card>
  );
}

/** Instead of navigation that would lead nowhere. */
function EndedSidebar({ path }: { path: string }) {
  return (
    <div className="flex items-center justify-between pl-2">
      <Brand />
      <ButtonLink href={loginPath(path)}>Log in</ButtonLink>
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
      : {
          home: "",
          connections: "Connections",
          documents: "Documents",
          document: "Document",
          schedules: "Schedules",
          sessions: "Sessions",
          "not-found": "Not found",
        }[route.page];
  useEffect(() => {
    document.title = title ? `${title} · Deputy` : "Deputy";
  }, [title]);
}
