// AUTH0_CLIENT_PRIVATE_KEY in place of the secret: every token request proves the client by an assertion (RFC 7523).
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { submitLogin } from "../harness/login.ts";
import { approvals, decide, pushes } from "../socket/support/approvals.ts";
import { ask, createChat, ended, eventually, openTab, say } from "../socket/support/chat.ts";
import { connectCalendar } from "../socket/support/connect.ts";
import { exchanges, seen } from "../socket/support/world.ts";

const keys = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "jwk" } as never,
  });
let deputy: Deputy;
let pem: string;
before(async () => {
  const { privateKey, publicKey } = keys();
  pem = privateKey;
  deputy = await startDeputy({ vars: { AUTH0_CLIENT_SECRET: "", AUTH0_CLIENT_PRIVATE_KEY: pem } });
  await deputy.offline.control("PATCH", "/clients/deputy-offline", { public_keys: [publicKey] });
});
after(() => deputy.stop());

test("issue 4: login, refresh, exchange, connected accounts, approvals and revocation work with a private key and no secret", async () => {
  const ana = await deputy.login("ana");
  await connectCalendar(ana);
  const socket = await openTab(ana, await createChat(ana));
  assert.match((await ask(socket, "Am I free tomorrow at 9?")).text, /^You are (busy|free)/);
  await deputy.offline.control("PATCH", "/policies", { polling_interval: 1 });
  const request = say(socket, "Buy 3 shares of GOOGL");
  await ended(socket, request);
  await decide(deputy.offline, "approve");
  await eventually("the polled approval", async () => (await approvals(deputy.offline, "used")).length === 1, 20_000);
  await socket.close();
  const [{ body } = { body: null }] = await exchanges(deputy.offline);
  assert.equal(body?.subject_token_type, "urn:ietf:params:oauth:token-type:refresh_token");
  await ana.post("/auth/logout", undefined, { follow: false });
  const requests = [
    ...(await pushes(deputy.offline)),
    ...(await seen(deputy.offline, "tenant", "/oauth/token")).filter(({ status }) => status !== 400),
    ...(await seen(deputy.offline, "tenant", "/oauth/revoke")),
  ];
  assert.ok(requests.some(({ path }) => path === "/oauth/revoke") && requests.length >= 6, JSON.stringify(requests.map(({ path }) => path)));
  for (const { body, status, path } of requests) {
    // The tenant takes an assertion once, so every request had its own. (400 is "not yet" of a poll.)
    assert.equal(status, 200, path);
    assert.equal(body?.client_assertion_type, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", path);
    assert.ok(!("client_secret" in (body ?? {})));
  }
});

test("issue 4: a key the tenant does not know signs nobody in, and the log says which setting; the key is never shown", async () => {
  const { privateKey } = keys();
  await deputy.worker.restart({ AUTH0_CLIENT_PRIVATE_KEY: privateKey });
  const client = new HttpClient(deputy.url);
  const page = await submitLogin(client, await client.get("/auth/login"), await deputy.offline.user("ana"));
  assert.equal(page.status, 503);
  assert.match(page.text, /"code":"tenant_client_credentials"/);
  assert.equal((await client.get("/user")).status, 401);
  const logs = deputy.worker.logs.join("\n");
  assert.match(logs, /AUTH0_CLIENT_PRIVATE_KEY/);
  for (const key of [pem, privateKey]) assert.ok(!logs.includes(key.slice(60, 100)));
});

test("UA-10: a secret beside the key, and a key in another form, are refused with the setting's name", async () => {
  for (const vars of [
    { AUTH0_CLIENT_SECRET: "s" },
    { AUTH0_CLIENT_SECRET: "", AUTH0_CLIENT_PRIVATE_KEY: "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----" },
  ]) {
    await deputy.worker.restart(vars);
    const page = await new HttpClient(deputy.url).get("/user");
    assert.equal(page.status, 503);
    assert.match(page.text, /AUTH0_CLIENT_PRIVATE_KEY/);
  }
});
