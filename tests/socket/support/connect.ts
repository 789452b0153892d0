import assert from "node:assert/strict";
import { type ChatSocket, type HttpClient, type Page } from "../../harness/index.ts";
import { errorOf } from "./chat.ts";

export const CONNECTION = "google-oauth2";
export const FREE_BUSY = "https://www.googleapis.com/auth/calendar.freebusy";
const PREFIX = "AUTH0_AI_INTERRUPTION:";

/** Auth0's interrupt for a call that needs a connected account. */
export interface Interrupt {
  name: string;
  code: string;
  message: string;
  connection: string;
  scopes: string[];
  requiredScopes: string[];
  authorizationParams: Record<string, string>;
  behavior: string;
  interruptId: string;
  toolCall: { id: string; name: string; args: Record<string, unknown> };
}

export function parseInterrupt(text: string | undefined): Interrupt {
  if (!text?.startsWith(PREFIX)) throw new Error(`no interrupt: ${text}`);
  return JSON.parse(text.slice(PREFIX.length)) as Interrupt;
}

export function interruptOf(socket: ChatSocket, request: string): Interrupt {
  return parseInterrupt(errorOf(socket, request));
}

/** What the Connect button of an interrupt opens. */
export function connectPath({ connection, requiredScopes }: Pick<Interrupt, "connection" | "requiredScopes">): string {
  const query = new URLSearchParams([["connection", connection], ...requiredScopes.map((scope) => ["scopes", scope]), ["returnTo", "/close"]]);
  return `/auth/connect?${query.toString()}`;
}

/** Gives consent as a browser would, over plain HTTP: tenant, provider, callback, closing page. */
export async function consent(client: HttpClient, interrupt: Pick<Interrupt, "connection" | "requiredScopes">, button = /Allow/): Promise<Page> {
  const page = await client.submit(await client.get(connectPath(interrupt)), {}, { button });
  assert.equal(new URL(page.url).pathname, "/close", `${page.url}: ${page.text.slice(0, 500)}`);
  return page;
}

/** Connects the calendar before a chat asks for it. */
export async function connectCalendar(client: HttpClient): Promise<void> {
  await consent(client, { connection: CONNECTION, requiredScopes: [FREE_BUSY] });
}

/** Disconnects every account, so that the next call that needs one asks for it. */
export async function disconnectAll(client: HttpClient): Promise<void> {
  for (const { id } of await client.json<{ id: string }[]>("/api/connections")) {
    const gone = await client.post(`/api/connections/${id}`, undefined, { method: "DELETE" });
    assert.equal(gone.status, 204, gone.text);
  }
}
