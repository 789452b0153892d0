/** Every page of the client. */
export type Route = { page: "home" } | { page: "chat"; id: string } | { page: "connections" } | { page: "schedules" } | { page: "not-found" };

/** Reads a path of the address bar. Unknown paths are a page of their own, never the start page. */
export function parseRoute(path: string): Route {
  const [first, second, ...rest] = path.split("/").filter((segment) => segment !== "");
  if (rest.length > 0) return { page: "not-found" };
  if (first === undefined) return { page: "home" };
  if (first === "c" && second !== undefined) {
    const id = decode(second);
    return id === undefined ? { page: "not-found" } : { page: "chat", id };
  }
  if (second !== undefined) return { page: "not-found" };
  if (first === "connections" || first === "schedules") return { page: first };
  return { page: "not-found" };
}

/** The path of a chat's page. */
export function chatPath(id: string): string {
  return `/c/${encodeURIComponent(id)}`;
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
