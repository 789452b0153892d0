// Tokens as the application gets them: by a login, and from Token Vault by an exchange.
import { Browser } from "./browser.mjs";
import { api, callback, client, issuer } from "./world.mjs";

const grantType = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";

/** What a login of Ana gives: access, refresh and ID token. */
export async function loginTokens(world) {
  const verifier = "a-verifier-of-at-least-forty-three-characters-0";
  const challenge = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(verifier))).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: client.id,
    redirect_uri: callback,
    scope: "openid offline_access agent:chat",
    audience: api,
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const end = await new Browser(world).visit(`${issuer}authorize?${query}`);
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: client.id,
    client_secret: client.secret,
    code: end.searchParams.get("code"),
    redirect_uri: callback,
    code_verifier: verifier,
  });
  return (await world.fetch(`${issuer}oauth/token`, { method: "POST", body })).json();
}

/** A provider's token out of the vault, for an account of Ana that is connected with these scopes. */
export async function vaultToken(world, connection, account, scopes) {
  const { refresh_token } = await loginTokens(world);
  const { user_id } = await world.user("ana");
  await world.control("POST", "/seed", { connected_accounts: [{ user_id, connection, account, scopes }] });
  const body = new URLSearchParams({
    grant_type: grantType,
    client_id: client.id,
    client_secret: client.secret,
    subject_token: refresh_token,
    subject_token_type: "urn:ietf:params:oauth:token-type:refresh_token",
    requested_token_type: "http://auth0.com/oauth/token-type/federated-connection-access-token",
    connection,
  });
  const answer = await (await world.fetch(`${issuer}oauth/token`, { method: "POST", body })).json();
  if (!answer.access_token) throw new Error(`no token for ${connection}: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

/** Lets what the vault gave out for a connection of Ana come to its end, one way or the other. */
export async function endTokens(world, connection, how) {
  const { user_id } = await world.user("ana");
  await world.control("POST", `/tokens/${how}`, { user_id, connection });
}

/** The last request a provider saw: method, path and query as names and values, or the JSON body. */
export async function lastRequest(world) {
  const requests = (await world.control("GET", "/requests")).filter(({ service }) => service === "providers");
  return requests.at(-1);
}
