import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, startWorker, type Deputy } from "../harness/index.ts";

let deputy: Deputy;
let anonymous: HttpClient;
before(async () => {
  deputy = await startDeputy({ vars: { ALLOWED_ORIGINS: "https://other.example" } });
  anonymous = new HttpClient(deputy.url);
});
after(() => deputy.stop());

const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const errorOf = (text: string) => JSON.parse(text) as { error: string; code: string; id: string };

test("/health says that it runs, in whatever state", async () => {
  const page = await anonymous.get("/health");
  assert.equal(page.status, 200);
  const body = JSON.parse(page.text) as { ok: boolean; version: string };
  assert.equal(body.ok, true);
  assert.match(body.version, /^\d+\.\d+\.\d+/);
});

test("UA-05 UA-06: the start page and files are for everybody, other pages send a browser to login and others get 401", async () => {
  for (const path of ["/", "/robots.txt", "/favicon.svg", "/page.css"])
    assert.equal((await anonymous.get(path, { headers: html })).status, 200, path);
  for (const path of ["/documents", "/documents/some-document?chunk=3", "/connections", "/schedules", "/servers", "/c/some-chat?x=1"]) {
    const page = await anonymous.get(path, { headers: html, follow: false });
    assert.equal(page.status, 302, path);
    assert.equal(page.headers.get("location"), `/auth/login?returnTo=${encodeURIComponent(path)}`);
    const other = await anonymous.get(path, { headers: { accept: "application/json" } });
    assert.equal(other.status, 401, path);
    assert.equal(errorOf(other.text).code, "unauthenticated");
  }
  const ana = await deputy.login("ana");
  for (const [path, status] of [
    ["/connections", 200],
    ["/c/x", 200],
    ["/documents", 200],
    ["/documents/x?chunk=1", 200],
    ["/no/such/page", 404],
    ["/missing.txt", 404],
  ] as const) {
    const page = await ana.get(path, { headers: html });
    assert.equal(page.status, status, path);
    assert.match(page.text, /<div id="root">/, path);
  }
});

test("unknown routes of the layers are 404 JSON with a correlation id", async () => {
  for (const path of ["/api/nothing", "/agents/other/x", "/agents/chat/x/more", "/auth/nothing", "/api"]) {
    const page = await anonymous.get(path, { headers: html });
    assert.equal(page.status, 404, path);
    const error = errorOf(page.text);
    assert.equal(error.code, "route_unknown");
    assert.equal(page.headers.get("x-correlation-id"), error.id);
  }
});

test("unknown methods are 405 with the ones that are answered; HEAD is like GET", async () => {
  for (const [method, path, allow] of [
    ["PUT", "/api/chats", "GET, POST"],
    ["POST", "/", "GET"],
    ["PUT", "/api/chats/x", "GET, PATCH, DELETE"],
    ["POST", "/check-open-ai-key", "GET"],
    ["DELETE", "/user", "GET"],
    ["POST", "/auth/login", "GET"],
    ["GET", "/auth/backchannel-logout", "POST"],
  ] as const) {
    const page = await anonymous.request(path, { method, headers: { origin: deputy.url } });
    assert.equal(page.status, 405, `${method} ${path}`);
    assert.equal(page.headers.get("allow"), allow);
    const error = errorOf(page.text);
    assert.equal(error.code, "method_not_allowed");
    assert.equal(error.id, page.headers.get("x-correlation-id"), "an id like every error");
  }
  const head = await anonymous.request("/health", { method: "HEAD" });
  assert.deepEqual([head.status, head.text], [200, ""]);
});

test("S-32: every answer carries the security headers and no stack or query", async () => {
  for (const path of ["/", "/health", "/api/chats", "/auth/login", "/auth/callback?code=secret-code", "/close", "/nothing"]) {
    const { headers, text } = await anonymous.get(path, { follow: false });
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /script-src 'self';/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.ok(!policy.includes("unsafe-inline"), path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("referrer-policy"), "same-origin", path);
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin-allow-popups", path);
    assert.ok((headers.get("x-correlation-id")?.length ?? 0) >= 20, path);
    assert.ok(!text.includes("secret-code"), path);
  }
});

test("TV-17: /close works without inline script", async () => {
  const page = await anonymous.get("/close");
  assert.match(page.text, /You can close this window/);
  assert.match(page.text, /<script src="\/close.js" defer><\/script>/);
  assert.ok(!/<script>|onload=|style=/.test(page.text));
  const script = await anonymous.get("/close.js");
  assert.match(script.headers.get("content-type") ?? "", /javascript/);
  assert.match(script.text, /window\.close\(\)/);
});

test("S-12: unsafe methods from foreign pages are refused, from ours and from command lines accepted", async () => {
  const ana = await deputy.login("ana");
  const cookie = ana.cookieHeader();
  const post = async (headers: Record<string, string>) =>
    (await new HttpClient(deputy.url).request("/api/chats", { method: "POST", headers: { cookie, ...headers } })).status;
  assert.equal(await post({ origin: "https://evil.example" }), 403);
  assert.equal(await post({ origin: "null" }), 403);
  assert.equal(await post({ "sec-fetch-site": "cross-site" }), 403);
  assert.equal(await post({ "sec-fetch-site": "same-site" }), 403);
  assert.equal(await post({ origin: deputy.url }), 200);
  assert.equal(await post({ origin: "https://other.example" }), 200);
  assert.equal(await post({ "sec-fetch-site": "same-origin" }), 200);
  assert.equal(await post({}), 200);
});

test("/api/environment is public and tells no secret", async () => {
  const environment = await anonymous.json<Record<string, unknown>>("/api/environment");
  assert.equal(environment.offline, true);
  assert.equal(typeof environment.model, "string");
  assert.equal(environment.phone, `${deputy.offline.issuer}phone`);
  assert.deepEqual(Object.keys(environment).toSorted(), ["model", "offline", "phone", "scripted"]);
});

test("the starter's front end is told whether a model is set up, logged in or not", async () => {
  assert.deepEqual(await anonymous.json("/check-open-ai-key"), { success: true });
  const vars = { ...deputy.offline.settings(), AUTH0_SESSION_ENCRYPTION_KEY: "a passphrase of more than 32 characters", MODEL_API: "no-such-api" };
  const worker = await startWorker({ vars });
  try {
    assert.deepEqual(await new HttpClient(worker.url).json("/check-open-ai-key"), { success: false });
  } finally {
    await worker.stop();
  }
});

test("S-16: a logout token whose sid is no text is refused and ends nothing", async () => {
  const ana = await deputy.login("ana");
  const { sub } = await ana.json<{ sub: string }>("/user");
  const made = (await deputy.offline.control("POST", "/logout-tokens", { client_id: "deputy-offline", user_id: sub, sid: "x", fault: "sid" })) as {
    logout_token: string;
  };
  const page = await anonymous.request("/auth/backchannel-logout", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `logout_token=${made.logout_token}`,
  });
  assert.equal(page.status, 400);
  assert.equal((await ana.get("/user")).status, 200, "the session lives on");
});

test("S-16: back-channel logout refuses what is not a logout token of the tenant", async () => {
  const post = (body: string, type = "application/x-www-form-urlencoded") =>
    anonymous.request("/auth/backchannel-logout", { method: "POST", headers: { "content-type": type }, body });
  assert.equal((await post("{}", "application/json")).status, 400);
  for (const body of ["", "logout_token=", "logout_token=a.b.c", `logout_token=${"x".repeat(20_000)}`])
    assert.equal((await post(body)).status, 400, body.slice(0, 30));
  const tokens = await deputy.offline.tokens<{ kind: string; token: string }>();
  const access = tokens.find(({ token }) => token.split(".").length === 3);
  assert.ok(access);
  assert.equal((await post(`logout_token=${access.token}`)).status, 400, "an access token is no logout token");
});

test("UA-09 UA-10: a missing or contradictory setting makes every route but /health answer 503 with its name, never its value", async () => {
  const rest: Record<string, string> = {
    ...deputy.offline.settings(),
    AUTH0_CLIENT_SECRET: "",
    AUTH0_SESSION_ENCRYPTION_KEY: "a passphrase of more than 32 characters",
  };
  const cases: [string, Record<string, string>][] = [
    ["AUTH0_CLIENT_SECRET", rest],
    ["AUTH0_SESSION_ENCRYPTION_KEY", { ...rest, AUTH0_CLIENT_SECRET: "s", AUTH0_SESSION_ENCRYPTION_KEY: "hunter2" }],
    ["AUTH0_ISSUER", { ...rest, AUTH0_CLIENT_SECRET: "s", DEPUTY_DEV: "0" }],
  ];
  for (const [name, vars] of cases) {
    const worker = await startWorker({ vars });
    const client = new HttpClient(worker.url);
    try {
      assert.equal((await client.get("/health")).status, 200);
      for (const path of ["/", "/user", "/api/chats", "/auth/login", "/agents/chat/x"]) {
        const page = await client.get(path, { follow: false });
        assert.equal(page.status, 503, `${name} ${path}`);
        assert.match(page.text, new RegExp(name));
        assert.ok(!page.text.includes("hunter2"));
      }
    } finally {
      await worker.stop();
    }
  }
});
