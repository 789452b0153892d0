// Documents where a service decides, on the whole Worker: the offline world's OpenFGA API instead of the embedded evaluator.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy, type FgaAccess, type HttpClient } from "../harness/index.ts";
import { ask, createChat, eventually, openTab } from "../socket/support/chat.ts";
import { modelCalls, seen } from "../socket/support/world.ts";
import { list, refusal, remove, search, share, upload, uploadText, type Document } from "./support/documents.ts";

const QUESTION = "What do our documents say about the wine cellar?";
const WORDS = "The wine cellar opens with the number 7193.";

let deputy: Deputy;
let ana: HttpClient;
let ben: HttpClient;
let store: string;
/** What the embedded evaluator decided about, before there was a service. */
let early: Document;
before(async () => {
  deputy = await startDeputy();
  [ana, ben] = [await deputy.login("ana"), await deputy.login("ben")];
  store = `/stores/${deputy.offline.fgaSettings().FGA_STORE_ID}`;
  early = await uploadText(ana, "early.txt", "The attic has a round window.");
  await serviceDecides("preshared_key");
});
after(() => deputy.stop());

/** The Worker is started anew with the settings of the service, which asks callers for this. */
async function serviceDecides(access: FgaAccess): Promise<void> {
  await deputy.offline.fgaAccess(access);
  const none = { FGA_API_TOKEN: "", FGA_CLIENT_ID: "", FGA_CLIENT_SECRET: "", FGA_API_TOKEN_ISSUER: "", FGA_API_AUDIENCE: "" };
  await deputy.worker.restart({ ...none, ...deputy.offline.fgaSettings(access) });
}

/** Asks the service itself. */
async function service<T>(path: string, body: object): Promise<T> {
  const { FGA_API_TOKEN } = deputy.offline.fgaSettings("preshared_key");
  const headers = { authorization: `Bearer ${FGA_API_TOKEN}`, "content-type": "application/json" };
  const answer = await fetch(`${deputy.offline.fgaUrl}${store}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200);
  return (await answer.json()) as T;
}

type Key = { user: string; relation: string; object: string };

/** The tuples about a document that the service has, as `user relation`. */
async function tuples({ id }: Document): Promise<string[]> {
  const { tuples } = await service<{ tuples: { key: Key }[] }>("/read", { tuple_key: { object: `doc:${id}` } });
  return tuples.map(({ key }) => `${key.user} ${key.relation}`).toSorted();
}

const named = async (name: string) => `user:${(await deputy.offline.user(name)).user_id}`;
const path = ({ id }: Document) => `/api/documents/${id}`;
const failing = (operation: string) => deputy.offline.fault({ service: "fga", path_prefix: `${store}/${operation}`, status: 500, body: "{}" });

/** It is there for nobody but its owner: not by itself, not in the list, not by its words. */
async function unseen(client: HttpClient, document: Document, words: string): Promise<void> {
  assert.equal((await client.get(path(document))).status, 404);
  assert.equal((await client.get(`${path(document)}/content`)).status, 404);
  assert.ok(!(await list(client)).documents.some(({ id }) => id === document.id));
  assert.deepEqual((await search(client, words)).passages, []);
}

test("RG-02 RG-04: a service that is set for the first time is told what there is, and then decides alone", async () => {
  await eventually("the document is there again", async () => (await ana.get(path(early))).status === 200);
  assert.deepEqual(await tuples(early), [`${await named("ana")} owner`]);
  const worker = await fetch(`${deputy.worker.url}/fga${store}`);
  assert.deepEqual([worker.status, ((await worker.json()) as { code: string }).code], [404, "fga_elsewhere"]);
  await unseen(ben, early, "round window");
  // What somebody else writes there counts, and what they delete.
  const tuple_keys = [{ user: await named("ben"), relation: "viewer", object: `doc:${early.id}` }];
  await service("/write", { writes: { tuple_keys } });
  assert.equal((await ben.json<Document>(path(early))).mine, false);
  await service("/write", { deletes: { tuple_keys } });
  await unseen(ben, early, "round window");
});

test("RG-01 RG-06 RG-12 RG-13: uploaded, asked for in vain, shared, answered with, and gone when the share ends", async () => {
  const document = await uploadText(ana, "cellar.txt", WORDS);
  assert.deepEqual(await tuples(document), [`${await named("ana")} owner`]);
  const socket = await openTab(ben, await createChat(ben));
  assert.match((await ask(socket, QUESTION)).text, /^I don't know/);
  await unseen(ben, document, QUESTION);

  const given = await share(ana, path(document), { email: "ben@example.com" });
  const since = Date.now();
  assert.match((await ask(socket, QUESTION)).text, /7193/);
  assert.deepEqual(await tuples(document), [`${await named("ana")} owner`, `${await named("ben")} viewer`].toSorted());
  assert.ok(
    (await seen(deputy.offline, "fga", `${store}/batch-check`, since)).some(({ status }) => status === 200),
    "the service was asked",
  );
  assert.equal((await ben.json<Document>(path(document))).mine, false);

  assert.equal((await remove(ana, `${path(document)}/shares/${given.id}`)).status, 204);
  await unseen(ben, document, QUESTION);
  const ended = Date.now();
  assert.match((await ask(socket, QUESTION)).text, /^I don't know/);
  const given_to_model = (await modelCalls(deputy.offline, ended)).flatMap(({ body }) => body?.messages as { role: string }[]);
  const results = given_to_model.filter(({ role }) => role === "tool");
  assert.ok(results.length > 0 && !JSON.stringify(results).includes("7193"), "earlier results are without it");
  await eventually("the service is told", async () => (await tuples(document)).length === 1);
  await socket.close();
  await remove(ana, path(document));
  assert.deepEqual(await tuples(document), []);
});

test("RG-02 RG-12: a share that ends while the service takes no writes is over at once, and the service hears of it after a crash", async () => {
  const document = await uploadText(ana, "pantry.txt", WORDS);
  const given = await share(ana, path(document), { email: "ben@example.com" });
  assert.equal((await ben.get(path(document))).status, 200);
  await failing("write");
  assert.equal((await remove(ana, `${path(document)}/shares/${given.id}`)).status, 204);
  const tuple_key = { user: await named("ben"), relation: "can_view", object: `doc:${document.id}` };
  assert.equal((await service<{ allowed: boolean }>("/check", { tuple_key })).allowed, true, "the service does not know");
  await unseen(ben, document, QUESTION);
  await deputy.worker.kill();
  await deputy.worker.start();
  await unseen(ben, document, QUESTION);
  assert.equal((await ana.get(path(document))).status, 200);
  // An upload whose owner nobody can write down is none.
  const before = (await list(ana)).documents.length;
  assert.deepEqual(refusal(await upload(ana, [["late.txt", "Too late."]])), [503, "fga_down"]);
  await deputy.offline.clearFaults();
  await eventually("the service is told", async () => (await tuples(document)).length === 1, 30_000);
  await unseen(ben, document, QUESTION);
  assert.equal((await list(ana)).documents.length, before);
});

test("RG-03: while the service does not answer nothing is shown, and it is said why", async () => {
  await failing("batch-check");
  const words = "round window";
  for (const client of [ana, ben]) {
    assert.deepEqual(refusal(await client.get(path(early))), [503, "fga_down"]);
    const [{ documents, unchecked }, found] = [await list(client), await search(client, words)];
    assert.deepEqual([documents, unchecked, found.passages, found.unchecked], [[], true, [], true]);
  }
  const socket = await openTab(ana, await createChat(ana));
  const { text } = await ask(socket, "What do our documents say about the round window?");
  assert.match(text, /could not be checked/);
  await deputy.offline.clearFaults();
  assert.match((await ask(socket, "What do our documents say about the round window?")).text, /attic/);
  await socket.close();
});

test("RG-02 RG-03: Auth0 FGA: the client's token is asked for once; without credentials nothing is shown", async () => {
  const since = Date.now();
  await serviceDecides("client_credentials");
  assert.equal((await ana.json<Document>(path(early))).title, early.title);
  await unseen(ben, early, "round window");
  const mine = (await seen(deputy.offline, "tenant", "/oauth/token", since)).filter(({ body }) => body?.client_id === "deputy-offline-fga");
  assert.equal(mine.length, 1);
  await serviceDecides("open");
  await deputy.offline.fgaAccess("preshared_key");
  assert.deepEqual(refusal(await ana.get(path(early))), [503, "fga_unauthenticated"]);
});
