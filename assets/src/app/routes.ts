/** Every page of the client. */
export type Route =
  | { page: "home" }
  | { page: "chat"; id: string }
  | { page: "connections" }
  | { page: "documents" }
  | { page: "document"; id: string }
  | { page: "schedules" }
  | { page: "servers" }
  | { page: "sessions" }
  | { page: "not-found" };

/** Reads a path of the address bar. Unknown paths are a page of their own, never the start page. */
export function parseRoute(path: string): Route {
  const [first, second, ...rest] = path.split("/").filter((segment) => segment !== "");
  if (rest.length > 0) return { page: "not-found" };
  if (first === undefined) return { page: "home" };
  if (second !== undefined) {
    const id = decode(second);
    if (id === undefined) return { page: "not-found" };
    if (first === "c") return { page: "chat", id };
    return first === "documents" ? { page: "document", id } : { page: "not-found" };
  }
  const pages = ["connections", "documents", "schedules", "servers", "sessions"] as const;
  const page = pages.find((known) => known === first);
  if (page) return { page };
  return { page: "not-found" };
}

/** The path of a chat's page. */
export function chatPath(id: string): string {
  return `/c/${encodeURIComponent(id)}`;
}

/** The path of a document's page, with the passage that is to be marked. */
export function documentPath(id: string, chunk?: number): string {
  return `/documents/${encodeURIComponent(id)}${chunk === undefined ? "" : `?chunk=${chunk}`}`;
}

/** The page on which the user chooses between two accounts of a connection, and where to go afterwards. */
export function choicePath(connection: string, returnTo: string): string {
  return `/connections?${new URLSearchParams({ choose: connection, returnTo }).toString()}`;
}

/** Where to log in so that the visitor comes back to `path`. */
export function loginPath(path: string): string {
  return path === "/" ? "/auth/login" : `/auth/login?returnTo=${encodeURIComponent(path)}`;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
