import type { Policy, Server, ServerTool } from "../api/servers";

/** How a server stands. */
export function serverStateInWords(server: Pick<Server, "state" | "paused" | "problem">): string {
  if (server.paused) return "Paused: nothing of it is used";
  if (server.state === "ready") return "Works";
  if (server.state === "log_in_needed") return "Wants you to log in";
  if (server.state === "more_permission_needed") return "More permission needed";
  return server.problem ?? "Has not answered yet";
}

/** How a tool differs from what the user looked at. */
export function changeInWords(change: NonNullable<ServerTool["change"]>): string {
  return { added: "New since you looked", changed: "Changed since you looked", removed: "No longer offered" }[change];
}

/** What can be said of a tool's calls. The first one is what its own annotations come to. */
export function policiesInWords(tool: Pick<ServerTool, "reads">): [Policy, string][] {
  return [
    ["default", tool.reads ? "As it says: it only reads" : "As it says: ask me"],
    ["allow", "Always allow"],
    ["ask", "Always ask me"],
    ["block", "Block"],
  ];
}
