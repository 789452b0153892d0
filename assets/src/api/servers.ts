import { call } from "./client";

/** What is said of the calls of a tool. */
export type Policy = "default" | "allow" | "ask" | "block";

/** What a server says of one of its tools. */
export interface ToolWords {
  title: string;
  description: string;
  inputSchema: unknown;
  annotations: unknown;
}

/** A tool of a server (docs/api.md). */
export interface ServerTool extends ToolWords {
  name: string;
  policy: Policy;
  /** Each call is asked for, as things stand. */
  asks: boolean;
  /** It says of itself that it only reads. */
  reads: boolean;
  /** Digest of what is shown; null when the tool is gone. */
  pin: string | null;
  /** Why no model can be offered it. */
  unusable?: string;
  /** How it differs from what the user looked at. */
  change?: "added" | "changed" | "removed";
  before?: ToolWords;
}

/** An MCP server that the user added. */
export interface Server {
  id: string;
  name: string;
  url: string;
  state: "ready" | "log_in_needed" | "more_permission_needed" | "failed";
  problem?: string;
  paused: boolean;
  loggedIn: boolean;
  createdAt: number;
  tools: ServerTool[];
}

export interface ServerChange {
  name?: string;
  paused?: boolean;
  policies?: Record<string, Policy>;
  /** Tools that were looked at: the pins that were shown. */
  accept?: Record<string, string | null>;
}

export async function fetchServers(): Promise<Server[]> {
  const body = await call<unknown>("/api/mcp-servers");
  return Array.isArray(body) ? (body as Server[]) : [];
}

export function addServer(url: string, name: string): Promise<Server> {
  return call<Server>("/api/mcp-servers", { method: "POST", body: JSON.stringify(name === "" ? { url } : { url, name }) });
}

/** Asks the server anew what it offers. */
export function lookAtServer(id: string): Promise<Server> {
  return call<Server>(`${path(id)}?look=1`);
}

export function changeServer(id: string, change: ServerChange): Promise<Server> {
  return call<Server>(path(id), { method: "PATCH", body: JSON.stringify(change) });
}

export async function removeServer(id: string): Promise<void> {
  await call(path(id), { method: "DELETE" });
}

/** Where the browser logs in to a server; it comes back to `/servers`. */
export function serverLogInUrl(id: string): string {
  return `/auth/mcp/login?${new URLSearchParams({ server: id, returnTo: "/servers" }).toString()}`;
}

function path(id: string): string {
  return `/api/mcp-servers/${encodeURIComponent(id)}`;
}
