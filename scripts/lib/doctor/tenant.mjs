// Asks the tenant what a log-in, an exchange and a log-out would ask, with codes and tokens that are none: what it refuses, and
// how, says whether it is set up. Nobody's phone rings, and nothing changes.
import { randomBytes } from "node:crypto";
import { NoAnswer, ask, described, words } from "./ask.mjs";
import { ownClient } from "./client.mjs";

const VAULT = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";
const CIBA = "urn:openid:params:grant-type:ciba";
const tokenType = (kind) => `urn:ietf:params:oauth:token-type:${kind}`;

const GRANTS_FIX = (grant) => `In the Auth0 dashboard open the application, Advanced Settings, Grant Types, and enable ${grant}`;
const CREDENTIALS_FIX = "Compare AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET with the application in the Auth0 dashboard";
const KEY_FIX = "Compare AUTH0_CLIENT_ID with the application, and the public key of AUTH0_CLIENT_PRIVATE_KEY with its credentials";
const DOMAIN_FIX = "Set AUTH0_DOMAIN to the tenant's host, such as your-tenant.eu.auth0.com, and look at the tenant's status page";

/** The issuer that the settings name. */
export const issuerOf = (settings) => settings.AUTH0_ISSUER || `https://${settings.AUTH0_DOMAIN}/`;

/** What is registered at the tenant for this application, exactly like this. */
export function addresses(settings) {
  const base = (settings.BASE_URL ?? "").replace(/\/$/, "");
  return { callback: `${base}/auth/callback`, logout: base, backchannel: `${base}/auth/backchannel-logout` };
}

/** Every question to the tenant, as far as the answers to the first ones allow. */
export async function checkTenant(settings, report) {
  const tenant = { settings, report, issuer: issuerOf(settings), ...addresses(settings) };
  try {
    const metadata = await discovery(tenant);
    if (!metadata) return;
    await signingKeys(tenant);
    if (await clientAuthentication(tenant)) await grants(tenant);
    await customApiClient(tenant);
    if (await authorization(tenant)) await audiences(tenant);
    await logOut(tenant, metadata);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    report.bad({ code: "tenant_unreachable", name: "Tenant", cause: error.message, fix: DOMAIN_FIX, setting: "AUTH0_DOMAIN" });
  }
}

/** OpenID Connect Discovery 1.0, 4, and the clocks of both sides. */
async function discovery({ issuer, report }) {
  const name = "Discovery";
  const answer = await ask(`${issuer}.well-known/openid-configuration`);
  const failed = (code, cause, fix, setting = "AUTH0_DOMAIN") => void report.bad({ code, name, cause, fix, setting });
  if (answer.status === 429 || answer.status >= 500)
    return failed("tenant_down", described(answer), "Look at the tenant's status page and try again in a minute");
  if (answer.status !== 200 || !answer.json) return failed("discovery_missing", `no metadata at ${issuer} (status ${answer.status})`, DOMAIN_FIX);
  const told = String(answer.json.issuer ?? "").slice(0, 200);
  if (told !== issuer)
    return failed(
      "discovery_issuer",
      `the tenant calls itself ${told || "nothing"}, not ${issuer}`,
      `Set AUTH0_DOMAIN to the host in that issuer; with a custom domain that is the custom domain`,
    );
  report.good(`${name}: ${issuer}`);
  clock(answer, report);
  return answer.json;
}

function clock(answer, report) {
  const MOST_SECONDS = 30;
  const there = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(there)) return;
  const here = (answer.begun + answer.ended) / 2;
  const seconds = Math.round((here - there) / 1000);
  if (Math.abs(seconds) <= MOST_SECONDS) return report.good("Clock: the tenant's and this machine's agree");
  const cause = `this machine's is ${Math.abs(seconds)} seconds ${seconds > 0 ? "ahead of" : "behind"} the tenant's, more than the ${MOST_SECONDS} that tokens allow`;
  report.bad({ code: "clock_skew", name: "Clock", cause, fix: "Let this machine set its clock by the network (NTP)" });
}

/** RFC 7517: the keys the Worker verifies tokens with. */
async function signingKeys({ issuer, report }) {
  const name = "Signing keys";
  const answer = await ask(`${issuer}.well-known/jwks.json`);
  if (answer.status !== 200 || !Array.isArray(answer.json?.keys)) {
    const cause = `no keys at ${issuer}.well-known/jwks.json (status ${answer.status})`;
    return report.bad({ code: "jwks_unavailable", name, cause, fix: DOMAIN_FIX, setting: "AUTH0_DOMAIN" });
  }
  const usable = answer.json.keys.filter(
    (key) =>
      key?.kty === "RSA" &&
      typeof key.kid === "string" &&
      (key.use ?? "sig") === "sig" &&
      (key.alg ?? "RS256") === "RS256" &&
      Buffer.from(key.n ?? "", "base64url").length >= 256,
  );
  if (usable.length > 0) return report.good(`${name}: ${usable.length} for RS256`);
  const cause = `none of the ${answer.json.keys.length} is an RSA key for RS256 with an id`;
  report.bad({
    code: "jwks_no_usable_key",
    name,
    cause,
    fix: "Set the signing algorithm of the application and of the API to RS256, and look at Settings, Signing Keys",
    setting: "AUTH0_DOMAIN",
  });
}

/** A code that is none: whoever is told that the code is wrong has been recognised. */
async function clientAuthentication(tenant) {
  const name = "Client authentication";
  const form = { grant_type: "authorization_code", code: wrong(), redirect_uri: tenant.callback, code_verifier: wrong() };
  let answer;
  try {
    answer = await token(tenant, form);
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    const cause = "AUTH0_CLIENT_PRIVATE_KEY cannot be read as a private key";
    tenant.report.bad({
      code: "client_key_unreadable",
      name,
      cause,
      fix: "Give the key as PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)",
      setting: "AUTH0_CLIENT_PRIVATE_KEY",
    });
    return false;
  }
  const ok = judge(tenant, answer, { name, grant: "Authorization Code" });
  if (ok) tenant.report.good(`${name}: the tenant knows the application, and the grant Authorization Code is on`);
  return ok;
}

async function grants(tenant) {
  const { settings, report } = tenant;
  const connection = settings.GOOGLE_CONNECTION_NAME || "google-oauth2";
  const asked = [
    ["Refresh Token", { grant_type: "refresh_token", refresh_token: wrong() }],
    ["Token Vault", vault("refresh_token", connection)],
  ];
  const approvals = settings.SHOP_API_URL || settings.STOCK_API_URL;
  if (approvals) asked.push(["Client Initiated Backchannel Authentication (CIBA)", { grant_type: CIBA, auth_req_id: wrong() }]);
  for (const [grant, form] of asked) {
    const name = `Grant ${grant}`;
    if (judge(tenant, await token(tenant, form), { name, grant })) report.good(`${name}: on`);
  }
  if (!approvals) report.note("Approvals on a device are not looked at: neither SHOP_API_URL nor STOCK_API_URL is set");
  report.note(
    "Whether a refresh token is good for the My Account API (multi-resource policy) shows only with a user's token: connect an account once",
  );
}

/** The client of the agent's API, for callers with an access token. */
async function customApiClient(tenant) {
  const { settings, report } = tenant;
  const { AUTH0_CUSTOM_API_CLIENT_ID: client_id, AUTH0_CUSTOM_API_CLIENT_SECRET: client_secret } = settings;
  if (!client_id || !client_secret) return;
  const name = "Custom API client";
  const answer = await token(tenant, vault("access_token", settings.GOOGLE_CONNECTION_NAME || "google-oauth2"), { client_id, client_secret });
  if (notRecognised(answer)) {
    const fix = "Compare AUTH0_CUSTOM_API_CLIENT_ID and AUTH0_CUSTOM_API_CLIENT_SECRET with the Custom API Client in the Auth0 dashboard";
    return report.bad({
      code: "custom_api_client_credentials",
      name,
      cause: "the tenant does not accept its credentials",
      fix,
      setting: "AUTH0_CUSTOM_API_CLIENT_SECRET",
    });
  }
  if (errorOf(answer) === "unauthorized_client") {
    const fix = "AUTH0_CUSTOM_API_CLIENT_ID must be the Custom API Client of the API in AUTH0_AUDIENCE, with the grant Token Vault";
    return report.bad({
      code: "custom_api_client_grant",
      name,
      cause: words(answer) || "it may not exchange access tokens",
      fix,
      setting: "AUTH0_CUSTOM_API_CLIENT_ID",
    });
  }
  if (judge(tenant, answer, { name, grant: "Token Vault" })) report.good(`${name}: the tenant knows it`);
}

/** RFC 6749, 4.1.1 with `prompt=none`: without a session the answer is an error at our callback, if the callback is registered. */
async function authorization(tenant) {
  const name = "Log-in";
  const { report, settings } = tenant;
  const { answer, error, description } = await authorize(tenant, settings.AUTH0_AUDIENCE);
  if (answered(error)) {
    report.good(`${name}: ${tenant.callback} is registered, and the API ${settings.AUTH0_AUDIENCE} is there`);
    return true;
  }
  const failed = (code, cause, fix, setting) => void report.bad({ code, name, cause, fix, setting });
  if (error === undefined) {
    if (answer.status < 400) return void report.note(`${name}: the tenant answered in a way that says nothing (status ${answer.status})`);
    if (/callback|redirect_uri/i.test(answer.text))
      return failed(
        "callback_not_registered",
        `${tenant.callback} is not registered for the application`,
        `Add ${tenant.callback} to the application's Allowed Callback URLs, exactly like this`,
        "BASE_URL",
      );
    if (/unknown client/i.test(answer.text))
      return failed("client_unknown", "the tenant does not know the application", CREDENTIALS_FIX, "AUTH0_CLIENT_ID");
    return failed(
      "authorize_refused",
      `the tenant refuses to begin a log-in (status ${answer.status})`,
      "Look up the error in the tenant's log (Monitoring, Logs)",
      "AUTH0_CLIENT_ID",
    );
  }
  if (/service not found|resource server/i.test(description))
    return failed(
      "audience_unknown",
      `the tenant has no API ${settings.AUTH0_AUDIENCE}`,
      "Set AUTH0_AUDIENCE to the identifier of the agent's API, or create that API",
      "AUTH0_AUDIENCE",
    );
  if (/pushed/i.test(description))
    return failed(
      "par_required",
      "the application takes pushed authorization requests only",
      "In the application's settings switch off Require Pushed Authorization Requests",
      "AUTH0_CLIENT_ID",
    );
  if (error === "unauthorized_client")
    return failed("grant_off", "the grant Authorization Code is off", GRANTS_FIX("Authorization Code"), "AUTH0_CLIENT_ID");
  return failed("authorize_refused", `${error}: ${description}`, "Look up the error in the tenant's log (Monitoring, Logs)", "AUTH0_CLIENT_ID");
}

/** The other APIs whose tokens are asked for: My Account, and those of approvals. */
async function audiences(tenant) {
  const { settings, report, issuer } = tenant;
  const asked = [
    [
      "My Account API",
      `${issuer}me/`,
      "Activate the My Account API (Applications, APIs), with its Connected Accounts scopes for this application",
      "AUTH0_DOMAIN",
    ],
  ];
  for (const [url, setting, fallback] of [
    ["SHOP_API_URL", "SHOP_API_AUDIENCE", "sample-shop-api"],
    ["STOCK_API_URL", "STOCK_API_AUDIENCE", "sample-stock-api"],
  ]) {
    const audience = settings[setting] || fallback;
    if (settings[url]) asked.push([`API ${audience}`, audience, `Register the API ${audience}, or set ${setting} to the identifier it has`, setting]);
  }
  for (const [name, audience, fix, setting] of asked) {
    const { error, description } = await authorize(tenant, audience);
    if (answered(error)) report.good(`${name}: there`);
    else if (/service not found|resource server/i.test(description))
      report.bad({ code: "api_missing", name, cause: `the tenant has no API ${audience}`, fix, setting });
    else report.bad({ code: "api_refused", name, cause: description || error || "no answer that can be read", fix, setting });
  }
}

/** RP-Initiated Logout 1.0: an address that is not registered is refused, also to who has no session to end. */
async function logOut({ settings, report, issuer, logout, backchannel }, metadata) {
  const name = "Log-out";
  const client_id = settings.AUTH0_CLIENT_ID ?? "";
  const standard = typeof metadata.end_session_endpoint === "string" && URL.canParse(metadata.end_session_endpoint);
  const url = new URL(standard ? metadata.end_session_endpoint : `${issuer}v2/logout`);
  const query = standard ? { post_logout_redirect_uri: logout, client_id } : { returnTo: logout, client_id };
  url.search = new URLSearchParams(query).toString();
  const answer = await ask(url.href, { headers: { accept: "text/html" } });
  if (answer.status < 400) report.good(`${name}: ${logout} is registered`);
  else {
    const fix = `Add ${logout} to the application's Allowed Logout URLs, exactly like this, without a slash at its end`;
    report.bad({
      code: "logout_not_registered",
      name,
      cause: `the tenant does not lead back to ${logout} (status ${answer.status})`,
      fix,
      setting: "BASE_URL",
    });
  }
  report.note(`Back-channel logout URI to register for the application: ${backchannel}`);
}

async function authorize({ settings, issuer, callback }, audience) {
  const url = new URL(`${issuer}authorize`);
  const query = {
    response_type: "code",
    client_id: settings.AUTH0_CLIENT_ID ?? "",
    redirect_uri: callback,
    scope: "openid",
    audience: audience ?? "",
    prompt: "none",
    state: wrong(),
    nonce: wrong(),
    code_challenge: randomBytes(32).toString("base64url"),
    code_challenge_method: "S256",
  };
  url.search = new URLSearchParams(query).toString();
  const answer = await ask(url.href, { headers: { accept: "text/html" } });
  const location = answer.headers.get("location") ?? "";
  const back = location.startsWith(`${callback}?`) ? new URL(location).searchParams : undefined;
  return { answer, error: back?.get("error") ?? undefined, description: back?.get("error_description") ?? "" };
}

/** OpenID Connect Core 1.0, 3.1.2.6: everything is right but that nobody is logged in. */
const answered = (error) => /^(login|consent|interaction|account_selection)_required$/.test(error ?? "");

/** True when the tenant recognised the client and refused only the code or token; else says what is wrong. */
function judge({ settings, report }, answer, { name, grant }) {
  const error = errorOf(answer);
  const failed = (code, cause, fix, setting) => {
    report.bad({ code, name, cause, fix, setting });
    return false;
  };
  const byKey = Boolean(settings.AUTH0_CLIENT_PRIVATE_KEY);
  const credential = byKey ? "AUTH0_CLIENT_PRIVATE_KEY" : "AUTH0_CLIENT_SECRET";
  if (answer.status === 429 || error === "too_many_requests")
    return failed("tenant_rate_limited", "the tenant limits requests", "Wait a minute and try again");
  if (answer.status >= 500) return failed("tenant_down", described(answer), "Look at the tenant's status page and try again in a minute");
  if (notRecognised(answer))
    return failed("client_credentials", "the tenant does not accept the application's credentials", byKey ? KEY_FIX : CREDENTIALS_FIX, credential);
  if (/dpop/i.test(`${error} ${words(answer)}`))
    return failed(
      "dpop_required",
      "the application's tokens have to be bound to a key (DPoP)",
      "In the application's settings switch off Require Token Sender-Constraining",
      "AUTH0_CLIENT_ID",
    );
  if (/rotation/i.test(words(answer)))
    return failed(
      "refresh_token_rotation",
      words(answer),
      "In the application's settings switch off Refresh Token Rotation: Token Vault does not work with it",
      "AUTH0_CLIENT_ID",
    );
  if (error === "unauthorized_client" || error === "unsupported_grant_type")
    return failed("grant_off", words(answer) || `the grant ${grant} is off`, GRANTS_FIX(grant), "AUTH0_CLIENT_ID");
  if (error === "")
    return failed("tenant_unreadable", `an answer that is none of a token endpoint (status ${answer.status})`, DOMAIN_FIX, "AUTH0_DOMAIN");
  return true;
}

/** The tenant does not know who asks; Auth0 says so in two ways. */
const notRecognised = (answer) =>
  errorOf(answer) === "invalid_client" || (answer.status === 401 && (errorOf(answer) === "" || /^unauthorized$/i.test(words(answer))));

const errorOf = (answer) => (typeof answer.json?.error === "string" ? answer.json.error : "");

function token({ issuer, settings }, form, client = ownClient(settings, issuer)) {
  return ask(`${issuer}oauth/token`, { method: "POST", form: { ...form, ...client } });
}

/** A Token Vault exchange of a token that is none. */
function vault(kind, connection) {
  return {
    grant_type: VAULT,
    subject_token: wrong(),
    subject_token_type: tokenType(kind),
    requested_token_type: "http://auth0.com/oauth/token-type/federated-connection-access-token",
    connection,
  };
}

/** Looks like a code or token, and is none. */
const wrong = () => `doctor-${randomBytes(30).toString("base64url")}`;
