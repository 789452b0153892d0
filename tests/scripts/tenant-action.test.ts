// MC-24: the Action of the custom token exchange, run as Auth0 runs it, with tokens of the offline tenant.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { describe } from "../../scripts/tenant/description.mjs";
import { startOffline, type OfflineWorld } from "../harness/index.ts";

const AUDIENCE = "https://deputy.example/api";

let offline: OfflineWorld;
before(async () => {
  offline = await startOffline({ appBaseUrl: "http://localhost:3996" });
});
after(async () => {
  await offline?.stop();
});

interface Outcome {
  user?: string;
  refusal?: string;
}

type Handler = (event: object, api: object) => Promise<void>;

/** What the Action says about a subject token. */
async function exchange(subject_token: unknown, audience = AUDIENCE): Promise<Outcome> {
  const settings = { AUTH0_DOMAIN: "unused", AUTH0_ISSUER: offline.issuer, MCP_AUDIENCE: audience };
  const [{ action }] = describe(settings, ["mcp"]).exchanges as [{ action: { code: string } }];
  const exports: { onExecuteCustomTokenExchange?: Handler } = {};
  // eslint-disable-next-line no-new-func
  new Function("require", "exports", action.code)(createRequire(import.meta.url), exports);
  const outcome: Outcome = {};
  const api = {
    authentication: { setUserById: (user: string) => (outcome.user = user) },
    access: { rejectInvalidSubjectToken: (refusal: string) => (outcome.refusal = refusal) },
  };
  await exports.onExecuteCustomTokenExchange?.({ transaction: { subject_token } }, api);
  return outcome;
}

/** A machine's token for the audience. */
async function machineToken(): Promise<string> {
  const form = {
    grant_type: "client_credentials",
    client_id: "deputy-offline-machine",
    client_secret: "offline-machine-secret-not-a-real-one",
    audience: AUDIENCE,
  };
  const answer = await fetch(`${offline.issuer}oauth/token`, { method: "POST", body: new URLSearchParams(form) });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Ana's token for the audience, by the device that she activates. */
async function userToken(): Promise<string> {
  const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams({ client_id: "deputy-offline-device", ...fields }) });
  const asked = await fetch(`${offline.issuer}oauth/device/code`, form({ audience: AUDIENCE, scope: "openid agent:chat" }));
  const { device_code, user_code } = (await asked.json()) as { device_code: string; user_code: string };
  await offline.control("POST", `/devices/${user_code}`, { user_id: (await offline.user("ana")).user_id, decision: "approve" });
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
  const answer = await fetch(`${offline.issuer}oauth/token`, form({ grant_type, device_code }));
  return ((await answer.json()) as { access_token: string }).access_token;
}

test("a user's token for the MCP server names its user", async () => {
  const ana = await offline.user("ana");
  assert.deepEqual(await exchange(await userToken()), { user: ana.user_id });
});

test("anything else is refused with its reason", async () => {
  const token = await userToken();
  const [header = "", payload = "", signature = ""] = token.split(".");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string };
  const symmetric = `${encode({ alg: "HS256", kid })}.${payload}`;
  const cases: Record<string, [unknown, RegExp]> = {
    "no token": [undefined, /no JWT/],
    "two parts": [`${header}.${payload}`, /no JWT/],
    "five parts": [`${token}.x.y`, /no JWT/],
    "no signature": [`${encode({ alg: "none", kid })}.${payload}.x`, /RS256/],
    "a symmetric signature": [`${symmetric}.${createHmac("sha256", kid).update(symmetric).digest("base64url")}`, /RS256/],
    "an unknown key": [`${encode({ alg: "RS256", kid: "nobody" })}.${payload}.${signature}`, /unknown key/],
    "other claims": [`${header}.${encode({ ...claims, sub: "auth0|somebody-else" })}.${signature}`, /signature/],
    "a machine": [await machineToken(), /no user/],
  };
  for (const [name, [subject, reason]] of Object.entries(cases)) {
    const { user, refusal } = await exchange(subject);
    assert.equal(user, undefined, name);
    assert.match(refusal ?? "", reason, name);
  }
  assert.match((await exchange(token, "http://localhost:3001/")).refusal ?? "", /another API/);
});

test("an expired token is refused, though its signature is good", async () => {
  await offline.clock(-200_000_000);
  const token = await userToken();
  await offline.clock(0);
  assert.match((await exchange(token)).refusal ?? "", /expired/);
});
