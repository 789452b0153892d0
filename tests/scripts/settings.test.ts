import assert from "node:assert/strict";
import { test } from "node:test";
import { localSettings, namesFor, parseDotenv, settingNames, settingsProblems, toDotenv, workerSettings } from "../../scripts/lib/settings.mjs";

const ports = {
  PORT: 3000,
  OFFLINE_PORT: 4400,
  OFFLINE_PROVIDERS_PORT: 4401,
  OFFLINE_MODEL_PORT: 4402,
  OFFLINE_CONTROL_PORT: 4403,
  OFFLINE_FGA_PORT: 4404,
};

const problemsOf = (own: Record<string, string>) => settingsProblems(localSettings(ports, own).settings).map(({ name }) => name);

test("without settings of one's own everything is offline and complete", () => {
  const { settings, offline } = localSettings(ports, {});
  assert.deepEqual(offline, { tenant: true, model: true });
  assert.deepEqual(settingsProblems(settings), []);
  assert.equal(settings.AUTH0_ISSUER, "http://localhost:4400/");
  assert.ok(!("PORT" in settings));
});

test("a tenant of one's own brings no offline provider, a model of one's own leaves the tenant offline", () => {
  const tenant = localSettings(ports, { AUTH0_DOMAIN: "tenant.eu.auth0.com" });
  assert.deepEqual(tenant.offline, { tenant: false, model: true });
  assert.equal(tenant.settings.GOOGLE_API_BASE_URL, undefined);
  assert.equal(tenant.settings.DEPUTY_DEV, undefined);
  assert.deepEqual(localSettings(ports, { OPENAI_API_KEY: "x" }).offline, { tenant: true, model: false });
});

test("OA-09: each API of a model has its key, a binding and a server of one's own need none", () => {
  const base = { MODEL: "m" };
  const good: Record<string, string>[] = [
    { MODEL_API: "anthropic", ANTHROPIC_API_KEY: "k" },
    { MODEL_API: "gemini", GEMINI_API_KEY: "k" },
    { MODEL_API: "gemini", OPENAI_API_KEY: "k" },
    { MODEL_API: "workers-ai" },
    { MODEL_API: "responses", OPENAI_BASE_URL: "http://localhost:1234/v1" },
    { OPENAI_BASE_URL: "https://api.anthropic.com/v1", ANTHROPIC_API_KEY: "k" },
  ];
  for (const own of good) {
    assert.deepEqual(localSettings(ports, { ...base, ...own }).offline.model, false, JSON.stringify(own));
    assert.deepEqual(problemsOf({ ...base, ...own }), [], JSON.stringify(own));
  }
  const bad: [Record<string, string>, string][] = [
    [{ MODEL_API: "soap", OPENAI_API_KEY: "k" }, "MODEL_API"],
    [{ MODEL_API: "gemini", ANTHROPIC_API_KEY: "k" }, "GEMINI_API_KEY"],
    [{ ANTHROPIC_API_KEY: "k" }, "OPENAI_API_KEY"],
  ];
  for (const [own, name] of bad) assert.deepEqual(problemsOf({ ...base, ...own }), [name], JSON.stringify(own));
  const scripted = localSettings(ports, { ...base, MODEL_API: "gemini" });
  assert.deepEqual([scripted.offline.model, scripted.settings.OPENAI_BASE_URL], [true, "http://127.0.0.1:4402/v1beta"]);
});

test("RG-02: fine-grained authorization is complete or absent, and goes with the model that decides", () => {
  const url = { FGA_API_URL: "https://api.eu1.fga.dev" };
  const service = { ...url, FGA_STORE_ID: "01JZ0000000000000000000001" };
  const client = { FGA_CLIENT_ID: "c", FGA_CLIENT_SECRET: "s" };
  const good: Record<string, string>[] = [
    service,
    { ...service, ...client, FGA_API_AUDIENCE: "https://api.eu1.fga.dev/" },
    { ...service, FGA_API_TOKEN: "k", FGA_RELATION: "can_read", FGA_OBJECT_TYPE: "document", FGA_USER_FORMAT: "employee:{sub}" },
    { FGA_API_URL: "http://localhost:8080", FGA_STORE_ID: service.FGA_STORE_ID, FGA_API_TOKEN: "k" },
    { FGA_RELATION: "can_view", FGA_USER_FORMAT: "user:{email}" },
  ];
  for (const own of good) assert.deepEqual(problemsOf(own), [], JSON.stringify(own));
  const bad: [Record<string, string>, string][] = [
    [url, "FGA_STORE_ID"],
    [{ FGA_STORE_ID: service.FGA_STORE_ID }, "FGA_API_URL"],
    [client, "FGA_API_URL"],
    [{ FGA_API_TOKEN: "k" }, "FGA_API_URL"],
    [{ ...service, FGA_CLIENT_ID: "c" }, "FGA_CLIENT_SECRET"],
    [{ ...service, FGA_CLIENT_SECRET: "s" }, "FGA_CLIENT_ID"],
    [{ ...service, ...client, FGA_API_TOKEN: "k" }, "FGA_API_TOKEN"],
    [{ ...service, FGA_STORE_ID: "my-store" }, "FGA_STORE_ID"],
    [{ ...service, FGA_MODEL_ID: "newest" }, "FGA_MODEL_ID"],
    [{ ...service, ...client, FGA_API_URL: "http://fga.example" }, "FGA_API_URL"],
    [{ ...service, FGA_API_URL: "fga" }, "FGA_API_URL"],
    [{ FGA_RELATION: "viewer" }, "FGA_RELATION"],
    [{ ...service, FGA_RELATION: "can:read" }, "FGA_RELATION"],
    [{ FGA_OBJECT_TYPE: "folder" }, "FGA_OBJECT_TYPE"],
    [{ FGA_USER_FORMAT: "user:ana" }, "FGA_USER_FORMAT"],
    [{ FGA_USER_FORMAT: "employee:{sub}" }, "FGA_USER_FORMAT"],
  ];
  for (const [own, name] of bad) assert.deepEqual(problemsOf(own), [name], JSON.stringify(own));
});

test("RG-11: a server of embeddings is named whole or not at all", () => {
  const base = { EMBEDDINGS_BASE_URL: "http://localhost:11434/v1" };
  const model = { EMBEDDINGS_MODEL: "nomic-embed-text" };
  assert.deepEqual(problemsOf({ ...base, ...model }), []);
  assert.deepEqual(problemsOf(base), ["EMBEDDINGS_MODEL"]);
  assert.deepEqual(problemsOf(model), ["EMBEDDINGS_BASE_URL"]);
  assert.deepEqual(problemsOf({ EMBEDDINGS_API_KEY: "k" }), ["EMBEDDINGS_BASE_URL"]);
  assert.deepEqual(problemsOf({ ...model, EMBEDDINGS_BASE_URL: "nowhere" }), ["EMBEDDINGS_BASE_URL"]);
});

test("the session key of a clone stays the same", () => {
  assert.equal(localSettings(ports, {}).settings.AUTH0_SESSION_ENCRYPTION_KEY, localSettings(ports, {}).settings.AUTH0_SESSION_ENCRYPTION_KEY);
});

test("missing settings are named", () => {
  assert.deepEqual(problemsOf({ AUTH0_DOMAIN: "tenant.eu.auth0.com" }), ["AUTH0_CLIENT_ID", "AUTH0_AUDIENCE", "AUTH0_CLIENT_SECRET"]);
});

test("contradictory settings are named, their values are not", () => {
  const key = Buffer.alloc(32, 7).toString("base64");
  const cases: [Record<string, string>, string][] = [
    [{ AUTH0_ISSUER: "http://tenant.example/" }, "AUTH0_ISSUER"],
    [{ AUTH0_ISSUER: "https://tenant.example" }, "AUTH0_ISSUER"],
    [{ DEPUTY_DEV: "" }, "AUTH0_ISSUER"],
    [{ BASE_URL: "http://deputy.example" }, "BASE_URL"],
    [{ BASE_URL: "http://localhost:3000/app" }, "BASE_URL"],
    [{ BASE_URL: "https://deputy.example" }, "AUTH0_ISSUER"],
    [{ AUTH0_SESSION_ENCRYPTION_KEY: "too-short" }, "AUTH0_SESSION_ENCRYPTION_KEY"],
    [{ AUTH0_SESSION_ENCRYPTION_KEY: `a:${key},a:${key}` }, "AUTH0_SESSION_ENCRYPTION_KEY"],
    [{ AUTH0_CLIENT_PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----" }, "AUTH0_CLIENT_PRIVATE_KEY"],
    [{ AUTH0_CUSTOM_API_CLIENT_ID: "only-the-id" }, "AUTH0_CUSTOM_API_CLIENT_ID"],
    [{ MCP_AUTH0_CLIENT_ID: "only-the-id" }, "MCP_AUTH0_CLIENT_ID"],
    [{ OPENAI_BASE_URL: "not a url", OPENAI_API_KEY: "x" }, "OPENAI_BASE_URL"],
    [{ CONNECTION_TOOLS: '[{"name": "unfinished"' }, "CONNECTION_TOOLS"],
    [{ CONNECTION_TOOLS: '{"name": "no-list"}' }, "CONNECTION_TOOLS"],
  ];
  for (const [own, name] of cases) {
    const problems = settingsProblems(localSettings(ports, own).settings);
    assert.deepEqual(
      problems.map((problem) => problem.name),
      [name],
      JSON.stringify(own),
    );
    for (const value of Object.values(own).filter((text) => text.length > 3)) {
      assert.ok(!JSON.stringify(problems).includes(value), `${name}: the value is shown`);
    }
  }
  assert.deepEqual(problemsOf({ AUTH0_SESSION_ENCRYPTION_KEY: `new:${key},old:${key}` }), []);
  assert.deepEqual(problemsOf({ AUTH0_SESSION_ENCRYPTION_KEY: "a passphrase that is long enough to be one" }), []);
});

test("dotenv text comes back unchanged, comments do not", () => {
  const settings = { PLAIN: "a=b", HASH: "a # b", QUOTE: "it's", LINES: "-----BEGIN\nKEY-----" };
  assert.deepEqual(parseDotenv(toDotenv(settings)), settings);
  assert.deepEqual(parseDotenv('# c\nA=1 # one\n\nexport B = "x\\ny"\nC=\n#D=4'), { A: "1", B: "x\ny", C: "" });
  assert.equal(toDotenv({ A: "b$c" }), "A='b\\$c'\n");
});

test("the example lists every setting that is checked", () => {
  const { settings } = localSettings(ports, {});
  const names = namesFor(settings);
  for (const name of Object.keys(settings)) assert.ok(names.includes(name), name);
  assert.ok(!names.includes("PORT"));
});

test("no Worker is given the management client, which the doctor and npm run tenant have", () => {
  const management = { AUTH0_MANAGEMENT_CLIENT_ID: "m2m", AUTH0_MANAGEMENT_CLIENT_SECRET: "all of the tenant" };
  const settings: Record<string, string | undefined> = localSettings(ports, management).settings;
  assert.equal(settings.AUTH0_MANAGEMENT_CLIENT_SECRET, "all of the tenant");
  const given = workerSettings(settings);
  for (const name of Object.keys(management)) assert.ok(!(name in given) && !settingNames().includes(name), name);
  assert.equal(given.AUTH0_CLIENT_ID, settings.AUTH0_CLIENT_ID);
});

test("UA-25: with ACCOUNT_LINKING=1 a Worker is given the client that links log-ins; the offline world has one that may do nothing else", () => {
  const linking = { ACCOUNT_LINKING: "1", AUTH0_MANAGEMENT_CLIENT_ID: "m2m", AUTH0_MANAGEMENT_CLIENT_SECRET: "reads and updates users" };
  const given: Record<string, string | undefined> = workerSettings(localSettings(ports, linking).settings);
  assert.equal(given.AUTH0_MANAGEMENT_CLIENT_ID, "m2m");
  const offline: Record<string, string | undefined> = workerSettings(localSettings(ports, {}).settings);
  assert.equal(offline.AUTH0_MANAGEMENT_CLIENT_ID, "deputy-offline-linking");
  const alone = settingsProblems({ ...localSettings(ports, {}).settings, AUTH0_MANAGEMENT_CLIENT_SECRET: undefined });
  assert.ok(alone.some(({ name }) => name === "ACCOUNT_LINKING"));
});
