// OpenFGA's API over the library's tuples, in the Worker: for whoever develops, and for nobody else.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy } from "../harness/index.ts";

const store = "/fga/stores/01JZ0000000000000000000001";
const tuple = { user: "user:ana", relation: "viewer", object: "doc:plan" };

let deputy: Deputy;
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());

async function call(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(`${deputy.worker.url}${path}`, init);
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    model: answer.headers.get("openfga-authorization-model-id"),
  };
}

test("RG-04: a tuple is written, counts and is deleted", async () => {
  const check = () => call(`${store}/check`, { tuple_key: { ...tuple, relation: "can_view" } });
  assert.equal((await check()).body.allowed, false);
  assert.equal((await call(`${store}/write`, { writes: { tuple_keys: [tuple] } })).status, 200);
  const allowed = await check();
  assert.deepEqual([allowed.body.allowed, allowed.model], [true, "01JZ0000000000000000000002"]);
  assert.equal((await call(`${store}/write`, { deletes: { tuple_keys: [tuple] } })).status, 200);
  assert.equal((await check()).body.allowed, false);
});

test("refusals have OpenFGA's codes", async () => {
  const bad = await call(`${store}/check`, { tuple_key: { ...tuple, relation: "reads" } });
  assert.deepEqual([bad.status, bad.body.code], [400, "validation_error"]);
  const nothing = await call("/fga/nothing");
  assert.deepEqual([nothing.status, nothing.body.code], [404, "undefined_endpoint"]);
});

test("a page of another site finds nothing there, nor does one of ours", async () => {
  for (const origin of [deputy.worker.url, "https://evil.example"]) {
    const answer = await call(`${store}/write`, { writes: { tuple_keys: [tuple] } }, { origin });
    assert.ok([403, 404].includes(answer.status), `${origin}: ${answer.status}`);
  }
  assert.equal((await call(store, undefined, { "sec-fetch-site": "same-origin" })).status, 404);
});

test("without DEPUTY_DEV it is not there", async () => {
  await deputy.worker.restart({ DEPUTY_DEV: "" });
  const answer = await call(store);
  assert.notEqual(answer.status, 200);
});
