// @auth0/ai: Token Vault, CIBA and device authorizers around a tool. It calls the global fetch, which the runner maps.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { api, apiClient, client, deviceClient, domain } from "../lib/world.mjs";
import { loginTokens } from "../lib/vault.mjs";

// Its ES modules import without extensions, which Node does not resolve; the other build is the same code.
const require = createRequire(import.meta.url);
const { TokenVaultAuthorizerBase, getAccessTokenFromTokenVault } = require("@auth0/ai/TokenVault");
const { AsyncAuthorizerBase } = require("@auth0/ai/AsyncAuthorization");
const { DeviceAuthorizerBase } = require("@auth0/ai/Device");
const { MemoryStore } = require("@auth0/ai/stores");

const context = () => ({ threadID: "t", toolCallID: "c", toolName: "n" });
const freeBusy = "https://www.googleapis.com/auth/calendar.freebusy";

export function ai(checks, world) {
  const add = (name, body) => checks.add("@auth0/ai", name, body);

  const tokens = () => loginTokens(world());

  const vault = (params, who = client) =>
    new TokenVaultAuthorizerBase(
      { domain, clientId: who.id, clientSecret: who.secret },
      { store: new MemoryStore(), connection: "google-oauth2", scopes: [freeBusy], ...params },
    );

  add("Token Vault by refresh token: interrupt, then the tool", async () => {
    const { refresh_token } = await tokens();
    const tool = vault({ refreshToken: async () => refresh_token }).protect(context, async () => getAccessTokenFromTokenVault());
    await assert.rejects(tool(), { code: "TOKEN_VAULT_ERROR" });
    await world().connectGoogle(["openid"]);
    await assert.rejects(tool(), (error) => error.requiredScopes.includes(freeBusy) && error.requiredScopes.includes("openid"));
    await world().connectGoogle(["openid", freeBusy]);
    const token = await tool();
    const answer = await fetch(`http://127.0.0.1:${world().ports.providers}/google/calendar/v3/freeBusy`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ timeMin: "2030-01-01T09:00:00Z", timeMax: "2030-01-01T10:00:00Z", items: [{ id: "primary" }] }),
    });
    assert.equal(answer.status, 200);
  });

  add("PU-03 TV-05: Token Vault by access token", async () => {
    const { access_token } = await tokens();
    await world().connectGoogle();
    const authorizer = vault({ accessToken: async () => access_token, subjectTokenType: "urn:ietf:params:oauth:token-type:access_token" }, apiClient);
    assert.match(await authorizer.protect(context, async () => getAccessTokenFromTokenVault())(), /^offline-google-oauth2-/);
  });

  const ciba = async (params = {}) =>
    new AsyncAuthorizerBase(
      { domain, clientId: client.id, clientSecret: client.secret },
      {
        store: new MemoryStore(),
        userID: async () => (await world().user("ana")).user_id,
        bindingMessage: async () => "Buy 2 lamps",
        scopes: ["product:buy"],
        audience: "sample-shop-api",
        onUnauthorized: async (error) => error,
        ...params,
      },
    );

  add("CIBA: pending, slow_down, approved", async () => {
    const tool = (await ciba({ authorizationDetails: async () => [{ type: "purchase", qty: 2 }] })).protect(context, async (qty) => `bought ${qty}`);
    await assert.rejects(tool(2), { code: "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING" });
    await assert.rejects(tool(2), (error) => error.code === "ASYNC_AUTHORIZATION_AUTHORIZATION_POLLING_ERROR" && error.nextRetryInterval() === 10);
    await world().decide("approve");
    await world().later();
    assert.equal(await tool(2), "bought 2");
  });

  add("CIBA: denied; a user without a phone; a bad binding message", async () => {
    const code = async (params, decide) => {
      const tool = (await ciba(params)).protect(context, async () => "bought");
      if (decide) {
        await assert.rejects(tool(), { code: "ASYNC_AUTHORIZATION_AUTHORIZATION_PENDING" });
        await world().decide(decide);
        await world().later();
      }
      return (await tool()).code;
    };
    assert.equal(await code({}, "deny"), "ASYNC_AUTHORIZATION_ACCESS_DENIED");
    assert.equal(await code({ bindingMessage: async () => "Really?!" }), "ASYNC_AUTHORIZATION_USER_DOES_NOT_HAVE_PUSH_NOTIFICATIONS");
    const ana = await world().user("ana");
    await world().control("POST", "/seed", { users: [{ ...ana, enrolled: false }] });
    assert.equal(await code({}), "ASYNC_AUTHORIZATION_USER_DOES_NOT_HAVE_PUSH_NOTIFICATIONS");
  });

  add("device: pending, polled too fast, activated", async () => {
    const authorizer = new DeviceAuthorizerBase(
      { domain, clientId: deviceClient.id },
      { store: new MemoryStore(), scopes: ["openid"], audience: api },
    );
    const tool = authorizer.protect(context, async () => "done");
    await assert.rejects(tool(), { code: "DEVICE_AUTHORIZATION_PENDING" });
    await assert.rejects(tool(), { code: "DEVICE_AUTHORIZATION_POLLING_ERROR" });
    const [device] = await world().control("GET", "/devices");
    await world().control("POST", `/devices/${device.user_code}`, { user_id: (await world().user("ana")).user_id, decision: "approve" });
    await world().later();
    assert.equal(await tool(), "done");
  });
}
