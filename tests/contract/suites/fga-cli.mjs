// The command line `fga`: stores, models, tuples and questions; a store file in and out.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fgaCommand } from "../../../scripts/fga/command.mjs";
import { apiUrl, audience, dsl, fgaClient, presharedKey, seededStore, tokenIssuer } from "../lib/fga.mjs";

const storeFile = `name: Contract
model: |
${dsl.replaceAll(/^/gm, "  ")}
tuples:
  - { user: user:ana, relation: owner, object: doc:1 }
  - { user: group:1#member, relation: viewer, object: doc:1 }
  - { user: user:bo, relation: member, object: group:1 }
  - user: user:cy
    relation: viewer
    object: doc:1
    condition: { name: until, context: { end: "2030-01-01T00:00:00Z" } }
tests:
  - name: who sees
    check:
      - user: user:bo
        object: doc:1
        assertions: { can_view: true, owner: false }
`;

export async function commandLine(checks, world) {
  const program = await fgaCommand();
  // No settings of the user's: neither a file of the home directory nor the environment.
  const env = { PATH: process.env.PATH, HOME: tmpdir() };
  const add = (name, body) => checks.add("fga (command line)", name, () => inDirectory(body));
  const fga = async (...args) => {
    const { stdout } = await promisify(execFile)(program, ["--api-url", apiUrl(world()), ...args], { env, timeout: 20_000 });
    return stdout;
  };
  const json = async (...args) => JSON.parse(await fga(...args));
  /** What it prints when it fails. */
  const failure = async (...args) => {
    const failed = await fga(...args).then(
      (printed) => assert.fail(`it did not fail: ${printed}`),
      (error) => `${error.stdout}${error.stderr}`,
    );
    return failed;
  };
  /** A store made of the store file: `--store-id` and its id. */
  const imported = async (directory) => {
    const file = join(directory, "contract.fga.yaml");
    writeFileSync(file, storeFile);
    const { store } = await json("store", "import", "--file", file);
    return ["--store-id", store.id];
  };

  add("stores: create with a model, get, list, delete", async (directory) => {
    const file = join(directory, "model.fga");
    writeFileSync(file, dsl);
    const { store, model } = await json("store", "create", "--name", "contract", "--model", file);
    assert.match(model.authorization_model_id, /^[0-9A-Z]{26}$/);
    assert.equal((await json("store", "get", "--store-id", store.id)).name, "contract");
    const { stores } = await json("store", "list");
    assert.deepEqual(new Set(stores.map(({ id }) => id)), new Set([seededStore, store.id]));
    await fga("store", "delete", "--store-id", store.id, "--force");
    assert.match(await failure("store", "get", "--store-id", store.id), /Store ID not found/);
  });

  add("models: write as DSL, get as DSL and JSON, list; a bad one is refused", async (directory) => {
    const store = await imported(directory);
    const read = await fga("model", "get", ...store);
    assert.match(read, /define can_view: \(owner or viewer\) but not blocked/);
    assert.match(read, /condition until\(.*timestamp.*\)/);
    const file = join(directory, "model.fga");
    writeFileSync(file, dsl.replace("define owner: [user]", "define owner: [user]\n    define editor: [user]"));
    const { authorization_model_id: id } = await json("model", "write", ...store, "--file", file);
    assert.match(await fga("model", "get", ...store, "--model-id", id, "--format", "json"), /"editor"/);
    const { authorization_models: models } = await json("model", "list", ...store);
    assert.deepEqual([models.length, models[0].id], [2, id]);
    const bad = JSON.stringify({
      schema_version: "1.1",
      type_definitions: [{ type: "doc", relations: { a: { computedUserset: { relation: "b" } } } }],
    });
    assert.match(await failure("model", "write", ...store, bad, "--format", "json"), /invalid_authorization_model|is not defined/);
  });

  add("tuples: write, read, changes, delete; what is there already", async (directory) => {
    const store = await imported(directory);
    await fga("tuple", "write", ...store, "user:di", "owner", "doc:2");
    assert.match(await failure("tuple", "write", ...store, "user:di", "owner", "doc:2"), /already exists/);
    const file = join(directory, "tuples.csv");
    const rows = Array.from({ length: 120 }, (_, number) => `user,ed,,owner,doc,many-${number}`);
    writeFileSync(file, ["user_type,user_id,user_relation,relation,object_type,object_id", ...rows].join("\n"));
    await fga("tuple", "write", ...store, "--file", file, "--max-tuples-per-write", "40");
    const all = await json("tuple", "read", ...store, "--max-pages", "0");
    assert.equal((all.tuples ?? all).length, 125);
    const { changes } = await json("tuple", "changes", ...store, "--type", "group");
    assert.deepEqual(
      changes.map(({ tuple_key: key }) => key.user),
      ["user:bo"],
    );
    await fga("tuple", "delete", ...store, "user:di", "owner", "doc:2");
    assert.match(await failure("tuple", "delete", ...store, "user:di", "owner", "doc:2"), /does not exist/);
    assert.match(await failure("tuple", "write", ...store, "user:*", "owner", "doc:2"), /not an allowed type restriction/);
  });

  add("questions: check, list objects, users and relations, expand", async (directory) => {
    const store = await imported(directory);
    const check = async (...args) => (await json("query", "check", ...store, ...args)).allowed;
    assert.equal(await check("user:bo", "can_view", "doc:1"), true);
    assert.equal(await check("user:di", "can_view", "doc:1"), false);
    assert.equal(await check("user:di", "can_view", "doc:1", "--contextual-tuple", "user:di member group:1"), true);
    assert.equal(await check("user:cy", "can_view", "doc:1", "--context", '{"now":"2029-01-01T00:00:00Z"}'), true);
    assert.equal(await check("user:cy", "can_view", "doc:1", "--context", '{"now":"2031-01-01T00:00:00Z"}'), false);
    assert.equal(await check("user:ana", "owner", "doc:1", "--consistency", "HIGHER_CONSISTENCY"), true);
    assert.deepEqual((await json("query", "list-objects", ...store, "user:bo", "can_view", "doc")).objects, ["doc:1"]);
    const users = await json("query", "list-users", ...store, "--object", "doc:1", "--relation", "owner", "--user-filter", "user");
    assert.deepEqual(
      users.users.map(({ object }) => object.id),
      ["ana"],
    );
    const { relations } = await json("query", "list-relations", ...store, "user:bo", "doc:1", "--relation", "owner", "--relation", "can_view");
    assert.deepEqual(relations, ["can_view"]);
    assert.equal((await json("query", "expand", ...store, "viewer", "doc:1")).tree.root.name, "doc:1#viewer");
    assert.match(await failure("query", "check", ...store, "user:bo", "reads", "doc:1"), /relation 'doc#reads' not found/);
  });

  add("a store file goes in, its tests hold, and it comes out", async (directory) => {
    const store = await imported(directory);
    const file = join(directory, "exported.fga.yaml");
    await fga("store", "export", ...store, "--output-file", file);
    const exported = readFileSync(file, "utf8");
    assert.match(exported, /user: user:bo/);
    assert.match(exported, /define can_view: \(owner or viewer\) but not blocked/);
    await fga("model", "test", "--tests", join(directory, "contract.fga.yaml"));
  });

  add("RG-02 a preshared key, and client credentials", async () => {
    const get = ["store", "get", "--store-id", seededStore];
    await world().control("PATCH", "/fga", { access: "preshared_key" });
    assert.equal((await json(...get, "--api-token", presharedKey)).id, seededStore);
    assert.match(await failure(...get), /401|bearer/i);
    await world().control("PATCH", "/fga", { access: "client_credentials" });
    const client = ["--api-token-issuer", tokenIssuer(world()), "--client-id", fgaClient.id, "--client-secret", fgaClient.secret];
    assert.equal((await json(...get, ...client, "--api-audience", audience(world()))).id, seededStore);
    await failure(...get, ...client, "--api-audience", apiUrl(world()));
  });
}

async function inDirectory(body) {
  const directory = mkdtempSync(join(tmpdir(), "deputy-fga-"));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
