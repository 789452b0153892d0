// Search by vectors on the whole Worker: the offline model's /v1/embeddings, whose vectors are near where words are written alike.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDeputy, type Deputy, type HttpClient } from "../harness/index.ts";
import { eventually } from "../socket/support/chat.ts";
import { seen } from "../socket/support/world.ts";
import { remove, search, share, uploadText, type Document } from "./support/documents.ts";

// No word of it is one of the texts', in whatever form that the stemmer knows.
const QUESTION = "photosynthetic";
const PLANTS = "Photosynthesis makes sugar of light.";

let deputy: Deputy;
let ana: HttpClient;
let ben: HttpClient;
/** From before there was a server. */
let early: Document;
before(async () => {
  deputy = await startDeputy();
  [ana, ben] = [await deputy.login("ana"), await deputy.login("ben")];
  early = await uploadText(ana, "early.txt", PLANTS);
});
after(() => deputy.stop());

const embeddings = (model: string) => ({
  EMBEDDINGS_BASE_URL: deputy.offline.settings().OPENAI_BASE_URL ?? "",
  EMBEDDINGS_MODEL: model,
  EMBEDDINGS_API_KEY: "offline",
});
const ids = async (client: HttpClient, query = QUESTION) => (await search(client, query)).passages.map(({ documentId }) => documentId);
const isFound = (client: HttpClient, { id }: Document) => eventually("it is found", async () => (await ids(client)).includes(id), 20_000);
const calls = async () => (await seen(deputy.offline, "model", "/v1/embeddings")).length;

test("RG-11: without a server of embeddings the words are searched, and nobody is asked", async () => {
  assert.deepEqual(await ids(ana), []);
  assert.deepEqual(await ids(ana, "photosynthesis"), [early.id]);
  assert.equal(await calls(), 0);
});

test("RG-11: with one, a word that is in no text finds what is near it, of documents old and new", async () => {
  await deputy.worker.restart(embeddings("offline-embedding-small"));
  // The library is opened by the first question, and makes vectors of what it has.
  await isFound(ana, early);
  const late = await uploadText(ana, "late.txt", `${PLANTS} At night it rests.`);
  await isFound(ana, late);
  const { passages } = await search(ana, QUESTION);
  assert.ok(passages.every(({ similarity }) => similarity > 0 && similarity < 1));
  await remove(ana, `/api/documents/${late.id}`);
  assert.deepEqual(await ids(ana), [early.id]);
});

test("RG-01 RG-07: a document that is near is shown to nobody who may not see it", async () => {
  const found = await search(ben, QUESTION);
  assert.deepEqual(found, { ...found, passages: [], unchecked: false });
  const path = `/api/documents/${early.id}`;
  const shared = await share(ana, path, { email: "ben@example.com" });
  assert.deepEqual(await ids(ben), [early.id]);
  await remove(ana, `${path}/shares/${shared.id}`);
  assert.deepEqual(await ids(ben), []);
});

test("a server that is down costs no upload and no answer; what was taken in meanwhile is found when it is back", async () => {
  await deputy.offline.fault({ service: "model", path_prefix: "/v1/embeddings", status: 503, body: "{}" });
  const meanwhile = await uploadText(ana, "meanwhile.txt", `${PLANTS} The server slept.`);
  assert.deepEqual(await ids(ana), []);
  assert.ok((await ids(ana, "photosynthesis")).includes(meanwhile.id));
  await deputy.offline.clearFaults();
  // A new process has not seen the failure, so that questions are asked again at once.
  await deputy.worker.kill();
  await deputy.worker.restart();
  await isFound(ana, meanwhile);
});

test("another model makes all vectors anew", async () => {
  const before = await calls();
  await deputy.worker.restart(embeddings("offline-embedding-large"));
  await isFound(ana, early);
  assert.ok((await calls()) > before);
  assert.deepEqual(await ids(ben), []);
});
