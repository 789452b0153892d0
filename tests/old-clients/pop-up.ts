import assert from "node:assert/strict";
import type { HttpClient, Page } from "../harness/index.ts";
import type { Interrupt } from "../socket/support/connect.ts";

/** What the Cloudflare starter's card opens: its log-in address, with the connection's scopes joined by commas. */
export function oldPopUpPath({ connection, requiredScopes }: Pick<Interrupt, "connection" | "requiredScopes">): string {
  const query = new URLSearchParams({
    return_to: "/close",
    connection,
    scope: "openid profile email offline_access",
    access_type: "offline",
    prompt: "consent",
    connection_scope: requiredScopes.join(),
  });
  return `/auth/login?${query.toString()}`;
}

/** Opens the old pop-up and presses a button of the provider's consent; the page it ends on, which closes it. */
export async function throughOldPopUp(
  client: HttpClient,
  interrupt: Pick<Interrupt, "connection" | "requiredScopes">,
  button = /Allow/,
): Promise<Page> {
  const page = await client.submit(await client.get(oldPopUpPath(interrupt)), {}, { button });
  assert.equal(new URL(page.url).pathname, "/close", `${page.url}: ${page.text.slice(0, 500)}`);
  return page;
}
