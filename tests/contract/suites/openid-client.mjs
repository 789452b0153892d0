// openid-client: login, PAR, refresh, device, CIBA, userinfo, revocation, logout; private_key_jwt and registration.
import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { Browser } from "../lib/browser.mjs";
import { api, app, callback, client, deviceClient, issuer } from "../lib/world.mjs";

export function openidClient(checks, world) {
  const add = (name, body) => checks.add("openid-client", name, body);
  const discover = (id = client.id, auth = oidc.ClientSecretPost(client.secret), metadata = {}) =>
    oidc.discovery(new URL(issuer), id, metadata, auth, { [oidc.customFetch]: world().fetch });

  async function login(config, extra = {}, pushed = false) {
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const parameters = {
      redirect_uri: callback,
      scope: "openid profile email offline_access agent:chat",
      audience: api,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...extra,
    };
    const url = pushed ? await oidc.buildAuthorizationUrlWithPAR(config, parameters) : oidc.buildAuthorizationUrl(config, parameters);
    const end = await new Browser(world()).visit(url);
    const tokens = await oidc.authorizationCodeGrant(config, end, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
    return { tokens, url };
  }

  add("login, verified ID token, userinfo", async () => {
    const config = await discover();
    oidc.enableNonRepudiationChecks(config);
    const { tokens } = await login(config);
    const claims = tokens.claims();
    assert.equal(claims.email, "ana@example.com");
    const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(info.name, "Ana Ferreira");
  });

  add("client_secret_basic", async () => {
    const { tokens } = await login(await discover(client.id, oidc.ClientSecretBasic(client.secret)));
    assert.ok(tokens.refresh_token);
  });

  add("pushed authorization request", async () => {
    const { tokens, url } = await login(await discover(), {}, true);
    assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
    assert.ok(tokens.id_token);
  });

  add("a client that must push is refused without", async () => {
    await world().control("PATCH", `/clients/${client.id}`, { require_pushed_authorization_requests: true });
    await assert.rejects(login(await discover()), { error: "invalid_request" });
    assert.ok((await login(await discover(), {}, true)).tokens.access_token);
  });

  add("refresh and revocation", async () => {
    const config = await discover();
    const { tokens } = await login(config);
    assert.ok((await oidc.refreshTokenGrant(config, tokens.refresh_token)).access_token);
    await oidc.tokenRevocation(config, tokens.refresh_token, { token_type_hint: "refresh_token" });
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: "invalid_grant" });
  });

  add("private_key_jwt, with RS256 and ES256, each assertion once", async () => {
    for (const alg of ["RS256", "ES256"]) {
      const { key, jwk } = await keyPair(alg);
      await world().control("PATCH", `/clients/${client.id}`, { public_keys: [jwk] });
      const { tokens } = await login(await discover(client.id, oidc.PrivateKeyJwt({ key, kid: "k1" })), {}, true);
      assert.ok(tokens.access_token);
    }
    await assert.rejects(login(await discover(), {}, true), { status: 401 });
  });

  add("device authorization", async () => {
    await world().impatient();
    const config = await discover(deviceClient.id, oidc.None());
    const request = await oidc.initiateDeviceAuthorization(config, { scope: "openid offline_access" });
    const polling = oidc.pollDeviceAuthorizationGrant(config, { ...request, interval: 1 });
    const done = await new Browser(world()).visit(request.verification_uri_complete);
    assert.match(done.text, /all set/);
    const tokens = await polling;
    assert.ok(tokens.id_token && tokens.refresh_token);
  });

  add("backchannel authentication", async () => {
    await world().impatient();
    const config = await discover();
    const sub = (await world().user("ana")).user_id;
    const request = await oidc.initiateBackchannelAuthentication(config, {
      scope: "openid product:buy",
      audience: "sample-shop-api",
      binding_message: "Buy 2 lamps",
      login_hint: JSON.stringify({ format: "iss_sub", iss: issuer, sub }),
    });
    const polling = oidc.pollBackchannelAuthenticationGrant(config, { ...request, interval: 1 });
    await world().decide("approve");
    const tokens = await polling;
    assert.equal(tokens.claims().sub, sub);
    assert.match(tokens.scope, /product:buy/);
  });

  add("a denied backchannel request", async () => {
    await world().impatient();
    const config = await discover();
    const sub = (await world().user("ana")).user_id;
    const request = await oidc.initiateBackchannelAuthentication(config, {
      scope: "openid",
      binding_message: "Say no",
      login_hint: JSON.stringify({ format: "iss_sub", iss: issuer, sub }),
    });
    await world().decide("deny");
    await assert.rejects(oidc.pollBackchannelAuthenticationGrant(config, { ...request, interval: 1 }), { error: "access_denied" });
  });

  add("logout", async () => {
    const config = await discover();
    const { tokens } = await login(config);
    const url = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: app, id_token_hint: tokens.id_token, state: "bye" });
    const end = await new Browser(world()).visit(url);
    assert.equal(end.searchParams.get("state"), "bye");
  });

  add("dynamic registration, off by default", async () => {
    const register = () =>
      oidc.dynamicClientRegistration(new URL(issuer), { redirect_uris: [callback], client_name: "Registered" }, undefined, {
        [oidc.customFetch]: world().fetch,
      });
    await assert.rejects(register());
    await world().control("PATCH", "/policies", { dynamic_client_registration: true });
    const { tokens } = await login(await register());
    assert.ok(tokens.access_token);
  });
}

/** A key pair and its public JWK. */
export async function keyPair(alg) {
  const algorithm =
    alg === "ES256"
      ? { name: "ECDSA", namedCurve: "P-256" }
      : { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return { key: privateKey, jwk: { ...(await crypto.subtle.exportKey("jwk", publicKey)), kid: "k1" } };
}
