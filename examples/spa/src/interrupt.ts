/** What a tool that needs a connected account tells by the chat's error text (OA-06). */
export interface Interrupt {
  connection: string;
  requiredScopes: string[];
  authorizationParams?: Record<string, string>;
  toolCall: { id: string; name: string };
}

const PREFIX = "AUTH0_AI_INTERRUPTION:";

/** The interrupt behind an error, if it is one about a connection. */
export function interruptOf(error: Error | undefined): Interrupt | undefined {
  if (!error?.message.startsWith(PREFIX)) return undefined;
  try {
    const found = JSON.parse(error.message.slice(PREFIX.length)) as Partial<Interrupt>;
    return found.connection && found.toolCall && Array.isArray(found.requiredScopes) ? (found as Interrupt) : undefined;
  } catch {
    return undefined;
  }
}

/** A connection's name as people read it. */
export const nameOf = ({ connection }: Interrupt): string => connection.replace("-", " ");

/** The scopes that say something. */
export const scopesOf = ({ requiredScopes }: Interrupt): string[] => requiredScopes.filter((scope) => scope.trim() !== "");
