import { createAuth0Client, type Auth0Client } from "@auth0/auth0-spa-js";

const { VITE_AUTH0_DOMAIN, VITE_AUTH0_CLIENT_ID, VITE_AUTH0_AUDIENCE, VITE_AUTH0_DPOP } = import.meta.env as Record<string, string | undefined>;

/** What has come back with this load of the page. */
export type Returned = "nothing" | "login" | "connected";

/** The client, ready, with the redirect it came back from (log-in or connected account) handled and the URL cleaned. */
export interface Started {
  client: Auth0Client;
  returned: Returned;
  /** Why the redirect did not bring what it was made for. */
  refused: string | undefined;
}

let started: Promise<Started> | undefined;

/** Starts once, however often it is asked: a code is good for one time. */
export function start(): Promise<Started> {
  started ??= begin();
  return started;
}

async function begin(): Promise<Started> {
  const client = await createAuth0Client({
    domain: setting("VITE_AUTH0_DOMAIN", VITE_AUTH0_DOMAIN),
    clientId: setting("VITE_AUTH0_CLIENT_ID", VITE_AUTH0_CLIENT_ID),
    authorizationParams: {
      redirect_uri: globalThis.location.origin,
      audience: setting("VITE_AUTH0_AUDIENCE", VITE_AUTH0_AUDIENCE),
      scope: "openid profile email offline_access",
    },
    // A redirect leaves the page: tokens have to outlive it.
    cacheLocation: "localstorage",
    useRefreshTokens: true,
    useMrrt: true,
    useDpop: VITE_AUTH0_DPOP !== "off",
  });
  const query = new URLSearchParams(globalThis.location.search);
  const isCallback = ["code", "connect_code", "error"].some((name) => query.has(name)) && query.has("state");
  if (!isCallback) return { client, returned: "nothing", refused: undefined };
  try {
    const { response_type } = await client.handleRedirectCallback();
    return { client, returned: response_type === "connect_code" ? "connected" : "login", refused: undefined };
  } catch (error) {
    return { client, returned: "nothing", refused: messageOf(error, "Authentication error") };
  } finally {
    // The code is used up, or good for nothing: a reload must not try it again.
    history.replaceState({}, document.title, globalThis.location.pathname);
  }
}

/** The error's own words, or these where it has none. */
export function messageOf(error: unknown, otherwise: string): string {
  return error instanceof Error && error.message !== "" ? error.message : otherwise;
}

function setting(name: string, value: string | undefined): string {
  if (!value) throw new Error(`${name} is not set: copy .env.example to .env`);
  return value;
}
