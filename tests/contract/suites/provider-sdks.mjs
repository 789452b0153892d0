// octokit, @slack/web-api and jsforce: the calls of our tools, by the providers' own clients.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Octokit } from "octokit";
import { endTokens, lastRequest, vaultToken } from "../lib/vault.mjs";

const require = createRequire(import.meta.url);
const { WebClient, LogLevel } = require("@slack/web-api");
const jsforce = require("jsforce");

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export function providerSdks(checks, world) {
  octokit((name, body) => checks.add("octokit", name, body), world);
  slack((name, body) => checks.add("@slack/web-api", name, body), world);
  salesforce((name, body) => checks.add("jsforce", name, body), world);
}

function octokit(add, world) {
  const client = async (token) => {
    const auth = token ?? (await vaultToken(world(), "github", "ana-ferreira", []));
    return new Octokit({
      auth,
      baseUrl: `http://127.0.0.1:${world().ports.providers}/github`,
      log: quiet,
      retry: { enabled: false },
      throttle: { enabled: false },
    });
  };

  add("GH-03: repositories of the user", async () => {
    const github = await client();
    const { data } = await github.rest.repos.listForAuthenticatedUser();
    assert.deepEqual(data.map(({ name }) => name).sort(), ["city-walks", "dotfiles", "invoices", "tile-server"]);
    const { method, path } = await lastRequest(world());
    assert.deepEqual([method, path], ["GET", "/github/user/repos"]);
    for (const repository of data)
      assert.ok(repository.full_name && repository.html_url && repository.owner.login && typeof repository.private === "boolean");
    assert.equal((await github.rest.repos.listForAuthenticatedUser({ visibility: "private" })).data.length, 1);
    const all = await github.paginate(github.rest.repos.listForAuthenticatedUser, { per_page: 3 });
    assert.equal(all.length, 4, "the Link header leads to every page");
  });

  add("profile and events", async () => {
    const github = await client();
    const { data: user } = await github.rest.users.getAuthenticated();
    assert.deepEqual([user.login, user.name, user.type], ["ana-ferreira", "Ana Ferreira", "User"]);
    const { data: events } = await github.rest.activity.listEventsForAuthenticatedUser({ username: user.login, per_page: 30, page: 1 });
    assert.equal(events.length, 3);
    for (const { id, type, created_at, repo, actor, payload } of events)
      assert.ok(id && type && created_at && repo.name && repo.url && actor.login && actor.avatar_url && payload);
    await assert.rejects(github.rest.activity.listEventsForAuthenticatedUser({ username: "somebody-else" }), { status: 404 });
  });

  add("GH-04: tokens that are wrong, expired or revoked", async () => {
    await assert.rejects(
      (await client("made-up")).rest.users.getAuthenticated(),
      (error) => error.status === 401 && error.response.data.message === "Bad credentials",
    );
    for (const how of ["expire", "revoke"]) {
      const github = await client();
      await github.rest.users.getAuthenticated();
      await endTokens(world(), "github", how);
      await assert.rejects(github.rest.users.getAuthenticated(), { status: 401 }, how);
    }
  });
}

function slack(add, world) {
  const client = async ({ token, scopes = ["channels:read", "groups:read"] } = {}) => {
    const auth = token ?? (await vaultToken(world(), "sign-in-with-slack", "ana@studio.example", scopes));
    return new WebClient(auth, {
      slackApiUrl: `http://127.0.0.1:${world().ports.providers}/slack/api/`,
      retryConfig: { retries: 0 },
      logLevel: LogLevel.ERROR,
    });
  };
  const asked = { exclude_archived: true, types: "public_channel,private_channel", limit: 10 };
  const refused = (error) => ({ code: "slack_webapi_platform_error", data: { ok: false, error } });

  add("SL-03: conversations.list, page by page", async () => {
    const web = await client();
    const { ok, channels } = await web.conversations.list(asked);
    assert.ok(ok);
    assert.deepEqual(
      channels.map(({ name }) => name),
      ["general", "design", "random", "founders"],
    );
    for (const { id, is_private, is_archived, num_members } of channels)
      assert.ok(id && typeof is_private === "boolean" && is_archived === false && num_members > 0);
    const names = [];
    for await (const page of web.paginate("conversations.list", { ...asked, limit: 3 })) names.push(...page.channels.map(({ name }) => name));
    assert.deepEqual(names, ["general", "design", "random", "founders"]);
  });

  add("SL-04: errors in good answers", async () => {
    const list = async (options, more = {}) => (await client(options)).conversations.list({ ...asked, ...more });
    const fails = async (promise, error) =>
      assert.rejects(promise, (thrown) => thrown.code === refused(error).code && thrown.data.ok === false && thrown.data.error === error, error);
    await fails(list({ token: "made-up" }), "invalid_auth");
    await fails(list({ scopes: ["channels:read"] }), "missing_scope");
    await fails(list({}, { types: "planets" }), "invalid_types");
    await fails(list({}, { cursor: "made-up" }), "invalid_cursor");
    for (const [how, error] of [
      ["expire", "token_expired"],
      ["revoke", "token_revoked"],
    ]) {
      const web = await client();
      await web.conversations.list(asked);
      await endTokens(world(), "sign-in-with-slack", how);
      await fails(web.conversations.list(asked), error);
    }
  });
}

function salesforce(add, world) {
  const soql = "SELECT Id, Name, StageName, CloseDate FROM Opportunity LIMIT 2";
  const client = async (token) => {
    const accessToken = token ?? (await vaultToken(world(), "salesforce", "ana@studio.example", ["openid", "api", "refresh_token"]));
    return new jsforce.Connection({ instanceUrl: `http://127.0.0.1:${world().ports.providers}/salesforce`, accessToken, version: "57.0" });
  };

  add("SF-02: a query", async () => {
    const connection = await client();
    const { totalSize, done, records } = await connection.query(soql);
    assert.deepEqual([totalSize, done, records.length], [2, true, 2]);
    for (const record of records) {
      assert.equal(record.attributes.type, "Opportunity");
      assert.deepEqual(Object.keys(record).sort(), ["CloseDate", "Id", "Name", "StageName", "attributes"]);
    }
    const { path, query } = await lastRequest(world());
    assert.match(path, /^\/salesforce\/services\/data\/v57\.0\/query\/?$/);
    assert.equal(new URLSearchParams(query).get("q"), soql);
  });

  add("SF-04: queries and tokens that are wrong", async () => {
    const connection = await client();
    await assert.rejects(connection.query("SELECT FROM"), { errorCode: "MALFORMED_QUERY" });
    await assert.rejects(connection.query("SELECT Id FROM Planet"), { errorCode: "INVALID_TYPE" });
    await assert.rejects(connection.query("SELECT Moons FROM Opportunity"), { errorCode: "INVALID_FIELD" });
    await assert.rejects((await client("made-up")).query(soql), { errorCode: "INVALID_SESSION_ID" });
    for (const how of ["expire", "revoke"]) {
      const ended = await client();
      await ended.query(soql);
      await endTokens(world(), "salesforce", how);
      await assert.rejects(ended.query(soql), { errorCode: "INVALID_SESSION_ID" }, how);
    }
  });
}
