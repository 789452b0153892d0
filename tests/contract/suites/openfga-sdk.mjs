// @openfga/sdk: each of its calls, its errors and its ways to authenticate.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { apiUrl, audience, fgaClient, model, presharedKey, seededStore, tokenIssuer } from "../lib/fga.mjs";

const {
  ConsistencyPreference,
  CredentialsMethod,
  ClientWriteRequestOnDuplicateWrites,
  ClientWriteRequestOnMissingDeletes,
  FgaApiAuthenticationError,
  FgaApiNotFoundError,
  FgaApiValidationError,
  OpenFgaClient,
} = createRequire(import.meta.url)("@openfga/sdk");

export function openfgaSdk(checks, world) {
  const add = (name, body) => checks.add("@openfga/sdk", name, body);
  const client = (more) => new OpenFgaClient({ apiUrl: apiUrl(world()), ...more });

  /** A store with the model and these tuples. */
  const stored = async (...tuples) => {
    const { id: storeId } = await client().createStore({ name: "contract" });
    const fga = client({ storeId });
    const { authorization_model_id: id } = await fga.writeAuthorizationModel(model);
    if (tuples.length > 0) await fga.writeTuples(tuples.map(tuple));
    return { fga, id, storeId };
  };
  const tuple = ([user, relation, object, condition]) => ({ user, relation, object, ...(condition ? { condition } : {}) });
  const ana = ["user:ana", "owner", "doc:1"];
  const group = ["group:1#member", "viewer", "doc:1"];
  const bo = ["user:bo", "member", "group:1"];

  add("stores: create, get, list by pages and name, delete", async () => {
    const fga = client();
    const created = [];
    for (const name of ["contract a", "contract b", "contract a"]) created.push(await fga.createStore({ name }));
    const first = await fga.listStores({ pageSize: 2 });
    const second = await fga.listStores({ pageSize: 2, continuationToken: first.continuation_token });
    const ids = [...first.stores, ...second.stores].map(({ id }) => id);
    assert.deepEqual(new Set(ids), new Set([seededStore, ...created.map(({ id }) => id)]));
    assert.equal(second.continuation_token, "");
    assert.equal((await fga.listStores({ name: "contract a" })).stores.length, 2);
    const own = client({ storeId: created[0].id });
    assert.equal((await own.getStore()).name, "contract a");
    await own.deleteStore();
    await assert.rejects(own.getStore(), (error) => error instanceof FgaApiNotFoundError && error.apiErrorCode === "store_id_not_found");
  });

  add("models: write, read, list, the latest", async () => {
    const { fga, id } = await stored();
    const { authorization_model: read } = await fga.readAuthorizationModel({ authorizationModelId: id });
    assert.equal(read.type_definitions.length, 3);
    assert.deepEqual(read.type_definitions[2].relations.can_view, model.type_definitions[2].relations.can_view);
    const { authorization_model_id: newer } = await fga.writeAuthorizationModel(model);
    const { authorization_models: all } = await fga.readAuthorizationModels();
    assert.deepEqual(
      all.map(({ id: one }) => one),
      [newer, id],
    );
    assert.equal((await fga.readLatestAuthorizationModel()).authorization_model.id, newer);
    await assert.rejects(
      fga.writeAuthorizationModel({ ...model, type_definitions: [{ type: "doc", relations: { a: { computedUserset: { relation: "b" } } } }] }),
      (error) => error instanceof FgaApiValidationError && error.apiErrorCode === "invalid_authorization_model",
    );
  });

  add("tuples: write, delete, conflicts, read by pages, changes", async () => {
    const { fga } = await stored(ana, group, bo);
    await assert.rejects(fga.writeTuples([tuple(ana)]), (error) => error.apiErrorCode === "write_failed_due_to_invalid_input");
    const ignore = {
      conflict: { onDuplicateWrites: ClientWriteRequestOnDuplicateWrites.Ignore, onMissingDeletes: ClientWriteRequestOnMissingDeletes.Ignore },
    };
    await fga.write({ writes: [tuple(ana)], deletes: [tuple(["user:no", "owner", "doc:1"])] }, ignore);
    const first = await fga.read({}, { pageSize: 2 });
    const second = await fga.read({}, { pageSize: 2, continuationToken: first.continuation_token });
    assert.deepEqual(
      [...first.tuples, ...second.tuples].map(({ key }) => key.user),
      ["user:ana", "group:1#member", "user:bo"],
    );
    assert.equal((await fga.read({ user: "user:ana", object: "doc:" })).tuples.length, 1);
    await fga.deleteTuples([tuple(ana)]);
    const changes = await fga.readChanges({ type: "doc" });
    assert.deepEqual(
      changes.changes.map(({ operation }) => operation),
      ["TUPLE_OPERATION_WRITE", "TUPLE_OPERATION_WRITE", "TUPLE_OPERATION_DELETE"],
    );
    assert.equal((await fga.readChanges({ type: "doc" }, { continuationToken: changes.continuation_token })).changes.length, 0);
  });

  add("check: contextual tuples, conditions, consistency, errors", async () => {
    const until = { name: "until", context: { end: "2030-01-01T00:00:00Z" } };
    const { fga, id } = await stored(ana, group, bo, ["user:cy", "viewer", "doc:1", until]);
    const check = async (user, more = {}) => (await fga.check({ user, relation: "can_view", object: "doc:1", ...more })).allowed;
    assert.equal(await check("user:ana"), true);
    assert.equal(await check("user:bo"), true);
    assert.equal(await check("user:di"), false);
    assert.equal(await check("user:di", { contextualTuples: [{ user: "user:di", relation: "member", object: "group:1" }] }), true);
    assert.equal(await check("user:cy", { context: { now: "2029-01-01T00:00:00Z" } }), true);
    assert.equal(await check("user:cy", { context: { now: "2031-01-01T00:00:00Z" } }), false);
    const options = { consistency: ConsistencyPreference.HigherConsistency, authorizationModelId: id };
    assert.equal((await fga.check({ user: "user:ana", relation: "owner", object: "doc:1" }, options)).allowed, true);
    await assert.rejects(
      fga.check({ user: "user:ana", relation: "reads", object: "doc:1" }),
      (error) => error instanceof FgaApiValidationError && error.apiErrorCode === "validation_error",
    );
    await assert.rejects(
      client({ storeId: "01JZ0000000000000000000009" }).check({ user: "user:ana", relation: "owner", object: "doc:1" }),
      (error) => error.apiErrorCode === "latest_authorization_model_not_found",
    );
  });

  add("batch check on the server, and in the client", async () => {
    const { fga } = await stored(ana, group, bo);
    const checks = Array.from({ length: 60 }, (_, number) => ({
      user: number % 2 === 0 ? "user:bo" : "user:di",
      relation: "can_view",
      object: "doc:1",
      correlationId: `id-${number}`,
    }));
    const { result } = await fga.batchCheck({ checks: [...checks, { user: "user:bo", relation: "reads", object: "doc:1", correlationId: "bad" }] });
    const by = new Map(result.map(({ correlationId, allowed, error }) => [correlationId, error ? error.input_error : allowed]));
    assert.deepEqual([by.get("id-0"), by.get("id-1"), by.get("id-58"), by.get("bad")], [true, false, true, "validation_error"]);
    const each = await fga.clientBatchCheck(checks.slice(0, 4).map(({ user, relation, object }) => ({ user, relation, object })));
    // They come in the order of their answers.
    assert.ok(each.result.every(({ allowed, _request: { user } }) => allowed === (user === "user:bo")));
    assert.equal(each.result.length, 4);
  });

  add("lists: objects, objects one by one, relations, users", async () => {
    const { fga } = await stored(ana, group, bo, ["user:*", "viewer", "doc:2"]);
    const asked = { user: "user:bo", relation: "can_view", type: "doc" };
    assert.deepEqual((await fga.listObjects(asked)).objects.toSorted(), ["doc:1", "doc:2"]);
    const streamed = [];
    for await (const { object } of fga.streamedListObjects(asked)) streamed.push(object);
    assert.deepEqual(streamed.toSorted(), ["doc:1", "doc:2"]);
    const relations = ["owner", "viewer", "can_view"];
    // The client asks for each of them, and gives them in the order of their answers.
    const listed = await fga.listRelations({ user: "user:bo", object: "doc:1", relations });
    assert.deepEqual(listed.relations.toSorted(), ["can_view", "viewer"]);
    const users = (id) => fga.listUsers({ object: { type: "doc", id }, relation: "can_view", user_filters: [{ type: "user" }] });
    assert.deepEqual(
      (await users("1")).users.map(({ object }) => object.id),
      ["ana", "bo"],
    );
    assert.deepEqual((await users("2")).users, [{ wildcard: { type: "user" } }]);
    await assert.rejects(fga.listObjects({ ...asked, type: "paper" }), (error) => error.apiErrorCode === "type_not_found");
  });

  add("expand and assertions", async () => {
    const { fga, id } = await stored(ana);
    const { tree } = await fga.expand({ relation: "can_view", object: "doc:1" });
    assert.equal(tree.root.difference.subtract.leaf.computed.userset, "doc:1#blocked");
    const assertion = { user: "user:ana", relation: "can_view", object: "doc:1", expectation: true };
    await fga.writeAssertions([assertion], { authorizationModelId: id });
    const { assertions } = await fga.readAssertions({ authorizationModelId: id });
    assert.deepEqual([assertions.length, assertions[0].tuple_key.user, assertions[0].expectation], [1, "user:ana", true]);
  });

  add("RG-02 a preshared key", async () => {
    await world().control("PATCH", "/fga", { access: "preshared_key" });
    const of = (token) => client({ storeId: seededStore, credentials: { method: CredentialsMethod.ApiToken, config: { token } } });
    assert.equal((await of(presharedKey).getStore()).id, seededStore);
    await assert.rejects(of("another").getStore(), FgaApiAuthenticationError);
    await assert.rejects(client({ storeId: seededStore }).getStore(), FgaApiAuthenticationError);
  });

  add("RG-02 client credentials, with the audience that ends with a slash", async () => {
    await world().control("PATCH", "/fga", { access: "client_credentials" });
    const of = (apiAudience) => {
      const config = { apiTokenIssuer: tokenIssuer(world()), apiAudience, clientId: fgaClient.id, clientSecret: fgaClient.secret };
      return client({ storeId: seededStore, credentials: { method: CredentialsMethod.ClientCredentials, config } });
    };
    const fga = of(audience(world()));
    assert.equal((await fga.getStore()).id, seededStore);
    assert.equal((await fga.check({ user: "user:ana", relation: "can_view", object: "doc:1" })).allowed, false);
    const tokens = (await world().control("GET", "/requests")).filter(({ path }) => path === "/oauth/token");
    assert.equal(tokens.length, 1, "the token is kept");
    await assert.rejects(of(apiUrl(world())).getStore(), FgaApiAuthenticationError);
  });

  add("a limit is waited for; a dead service is an error", async () => {
    const fga = client({ storeId: seededStore, retryParams: { maxRetry: 2, minWaitInMs: 10 } });
    const question = { user: "user:ana", relation: "can_view", object: "doc:1" };
    await world().control("POST", "/faults", { service: "fga", status: 429, headers: { "retry-after": "1" }, times: 1 });
    assert.equal((await fga.check(question)).allowed, false);
    await world().control("POST", "/faults", { service: "fga", status: 500 });
    await assert.rejects(fga.check(question), /500/);
    await world().control("DELETE", "/faults");
    await world().control("POST", "/faults", { service: "fga", drop: true });
    await assert.rejects(fga.check(question));
  });
}
