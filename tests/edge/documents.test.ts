// Documents by the API: taken in, read, found, put into folders, shared, and invisible to everybody else.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { change, list, ok, refusal, remove, search, share, upload, uploadText, type Document, type Folder, type Share } from "./support/documents.ts";
import { Spa } from "./support/spa.ts";

let deputy: Deputy;
let ana: HttpClient;
let ben: HttpClient;
before(async () => {
  deputy = await startDeputy();
  [ana, ben] = [await deputy.login("ana"), await deputy.login("ben")];
});
after(() => deputy.stop());

/** Every route with a document's or folder's id in it, as `[method, path, body]`. */
const routesOf = (id: string, folder: string): [string, string, unknown?][] => [
  ["GET", `/api/documents/${id}`],
  ["GET", `/api/documents/${id}/content`],
  ["GET", `/api/documents/${id}/passages/0`],
  ["GET", `/api/documents/${id}/shares`],
  ["GET", `/api/documents/${id}/viewers`],
  ["PATCH", `/api/documents/${id}`, { title: "Mine now" }],
  ["POST", `/api/documents/${id}/shares`, { everybody: true }],
  ["DELETE", `/api/documents/${id}/shares/x`],
  ["DELETE", `/api/documents/${id}`],
  ["GET", `/api/folders/${folder}/shares`],
  ["GET", `/api/folders/${folder}/viewers`],
  ["PATCH", `/api/folders/${folder}`, { title: "Mine now" }],
  ["POST", `/api/folders/${folder}/shares`, { everybody: true }],
  ["DELETE", `/api/folders/${folder}`],
];
const call = (client: HttpClient, [method, path, body]: [string, string, unknown?]) =>
  method === "GET" ? client.get(path) : client.post(path, body, { method });

test("RG-09 RG-10: a text is uploaded, belongs to who uploaded it, is listed, read, found, renamed and deleted", async () => {
  const document = await uploadText(ana, "otters.txt", "Otters hold hands while they sleep, so that the river does not part them.");
  assert.deepEqual([document.mine, document.everybody, document.folder, document.mediaType], [true, false, null, "text/plain"]);
  const path = `/api/documents/${document.id}`;
  assert.deepEqual(await ana.json<Document>(path), document);
  assert.ok((await list(ana)).documents.some(({ id }) => id === document.id));
  const content = await ana.json<{ title: string; text: string; mediaType: string }>(`${path}/content`);
  assert.match(content.text, /^Otters hold hands/);
  assert.equal(content.title, document.title);
  const { passages } = await search(ana, "Why do otters hold hands?");
  const passage = passages.find(({ documentId }) => documentId === document.id);
  assert.match(passage?.content ?? "", /river/);
  const cited = await ana.json<{ text: string; start: number; end: number }>(`${path}/passages/${passage?.chunk}`);
  assert.equal(content.text.slice(cited.start, cited.end), cited.text, "where it stands");
  assert.equal(ok<Document>(await change(ana, path, { title: "About otters" })).title, "About otters");
  assert.equal((await remove(ana, path)).status, 204);
  assert.equal((await ana.get(path)).status, 404);
  assert.deepEqual((await search(ana, "Why do otters hold hands?")).passages, [], "nothing of it is found any more");
});

test("RG-10: a text that somebody has already is sent as JSON; two of one title are two documents", async () => {
  const send = async (body: object) => await ana.post("/api/documents", body);
  const first = ok<Document>(await send({ title: "Minutes", text: "# Monday\n\nWe met.", mediaType: "text/markdown" }));
  const second = ok<Document>(await send({ title: "Minutes", text: "We met again." }));
  assert.notEqual(first.id, second.id);
  assert.deepEqual([first.title, first.mediaType, second.mediaType], ["Minutes", "text/markdown", "text/plain"]);
  for (const body of [{ title: "No text" }, { text: "No title" }, { title: 5, text: "x" }, []])
    assert.deepEqual(refusal(await send(body)), [400, "json_invalid"], JSON.stringify(body));
  assert.deepEqual(refusal(await send({ title: "Empty", text: " \n" })), [400, "document_empty"]);
  for (const { id } of [first, second]) await remove(ana, `/api/documents/${id}`);
});

test("RG-10: several files are one upload: all are taken in, or none", async () => {
  const folder = ok<Folder>(await ana.post("/api/folders", { title: "Inbox" }));
  const { documents } = ok<{ documents: Document[] }>(
    await upload(
      ana,
      [
        ["a.txt", "First."],
        ["b.md", "# Second\n\nText.", "text/markdown"],
      ],
      folder.id,
    ),
  );
  assert.deepEqual(
    documents.map(({ folder }) => folder),
    [folder.id, folder.id],
  );
  const before = (await list(ana)).documents.length;
  const mixed = await upload(ana, [
    ["good.txt", "Good."],
    ["bad.txt", new Uint8Array([0, 1, 2, 0, 255])],
  ]);
  assert.equal(mixed.status, 400, mixed.text);
  assert.match(mixed.text, /bad\.txt/, "it says which");
  assert.equal((await upload(ana, [["good.txt", "Good."]], "no-such-folder")).status, 404);
  assert.equal((await list(ana)).documents.length, before);
  assert.equal((await remove(ana, `/api/folders/${folder.id}`)).status, 409, "only an empty folder");
  for (const { id } of documents) await remove(ana, `/api/documents/${id}`);
  assert.equal((await remove(ana, `/api/folders/${folder.id}`)).status, 204);
});

test("what is no upload is refused with a code, and nothing is kept", async () => {
  const before = await list(ana);
  const post = (type: string | undefined, body: string | Uint8Array<ArrayBuffer>) =>
    ana.request("/api/documents/upload", { method: "POST", headers: { origin: deputy.url, ...(type ? { "content-type": type } : {}) }, body });
  const form = "multipart/form-data; boundary=XX";
  const part = '--XX\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nWords';
  assert.deepEqual(refusal(await post("text/plain", "Words")), [415, "upload_not_multipart"]);
  assert.deepEqual(refusal(await post("application/json", "{}")), [415, "upload_not_multipart"]);
  assert.deepEqual(refusal(await post(form, part)), [400, "upload_broken_off"]);
  assert.deepEqual(refusal(await post(form, `${part}\r\n--XX--\r\n`.slice(0, 40))), [400, "upload_broken_off"]);
  assert.deepEqual(refusal(await post(form, "--XX--\r\n")), [400, "upload_without_file"]);
  assert.deepEqual(refusal(await upload(ana, [["empty.txt", ""]])), [400, "document_empty"]);
  assert.deepEqual(refusal(await upload(ana, [["a.pdf", "%PDF-1.7\n", "application/pdf"]])), [400, "document_pdf"]);
  const large = "word ".repeat((11 * 1024 * 1024) / 5);
  assert.deepEqual(refusal(await upload(ana, [["large.txt", large]])), [413, "upload_too_large"]);
  const many = Array.from({ length: 21 }, (_, n): [string, string] => [`${n}.txt`, "x"]);
  assert.deepEqual(refusal(await upload(ana, many)), [400, "upload_too_many_files"]);
  assert.deepEqual(await list(ana), before);
});

test("an upload whose connection breaks leaves nothing, and the next one is taken", async () => {
  const before = await list(ana);
  const { port } = new URL(deputy.url);
  const lines = [
    "POST /api/documents/upload HTTP/1.1",
    `host: localhost:${port}`,
    `origin: ${deputy.url}`,
    `cookie: ${ana.cookieHeader()}`,
    "content-type: multipart/form-data; boundary=XX",
    "content-length: 500000",
  ];
  const part = '--XX\r\ncontent-disposition: form-data; name="file"; filename="half.txt"\r\n\r\n';
  const socket = connect(Number(port), "localhost");
  await once(socket, "connect");
  await new Promise((resolve) => socket.write(`${lines.join("\r\n")}\r\n\r\n${part}${"half ".repeat(5000)}`, resolve));
  socket.destroy();
  const whole = await uploadText(ana, "whole.txt", "This one came whole.");
  await remove(ana, `/api/documents/${whole.id}`);
  assert.deepEqual(await list(ana), before);
});

test("RG-01 RG-12 RG-13: nobody else sees it, then whoever it is shared with does, and after that no longer", async () => {
  const document = await uploadText(ana, "vault.txt", "The wine cellar opens with the number 7193.");
  const path = `/api/documents/${document.id}`;
  const question = "With which number does the wine cellar open?";
  const unseen = async (client: HttpClient) => {
    assert.equal((await client.get(path)).status, 404);
    assert.equal((await client.get(`${path}/content`)).status, 404);
    assert.ok(!JSON.stringify([await list(client), await search(client, question)]).includes("vault"));
    assert.ok(!JSON.stringify(await search(client, question)).includes("7193"));
  };
  await unseen(ben);
  const given = await share(ana, path, { email: "Ben@Example.com" });
  assert.deepEqual(await ana.json<Share[]>(`${path}/shares`), [given]);
  assert.deepEqual([(await ben.json<Document>(path)).mine, (await list(ben)).documents.some(({ id }) => id === document.id)], [false, true]);
  assert.match((await search(ben, question)).passages[0]?.content ?? "", /7193/);
  const { people } = await ana.json<{ people: { who: string; why: string[] }[] }>(`${path}/viewers`);
  assert.equal(people.length, 2, JSON.stringify(people));
  assert.ok(people.every(({ why }) => why.length > 0));
  for (const route of routesOf(document.id, "x").filter(([method, path]) => method !== "GET" || /shares|viewers/.test(path)))
    assert.equal((await call(ben, route)).status, 404, `${route[0]} ${route[1]} is the owner's`);
  assert.equal((await remove(ana, `${path}/shares/${given.id}`)).status, 204);
  await unseen(ben);
  await remove(ana, path);
});

test("RG-07 RG-12: an address that is not verified is nobody's, and a share does not tell whether it has an account", async () => {
  const document = await uploadText(ana, "hedge.txt", "The hedge is cut in March.");
  const path = `/api/documents/${document.id}`;
  const [chris, nobody] = [await share(ana, path, { email: "chris@example.com" }), await share(ana, path, { email: "nobody@example.com" })];
  assert.deepEqual(Object.keys(chris), Object.keys(nobody));
  assert.equal((await (await deputy.login("chris")).get(path)).status, 404);
  for (const wish of [{}, { everybody: false }, { email: "ben@example.com", everybody: true }])
    assert.deepEqual(refusal(await ana.post(`${path}/shares`, wish)), [400, "share_wish"], JSON.stringify(wish));
  assert.equal((await ana.post(`${path}/shares`, { email: "no address" })).status, 400);
  await remove(ana, path);
});

test("shared with everybody, and no longer", async () => {
  const document = await uploadText(ana, "canteen.txt", "On Fridays there is soup.");
  const path = `/api/documents/${document.id}`;
  const all = await share(ana, path, { everybody: true });
  const shown = (await list(ben)).documents.find(({ id }) => id === document.id);
  assert.deepEqual([shown?.mine, shown?.everybody], [false, true]);
  await remove(ana, `${path}/shares/${all.id}`);
  assert.equal((await ben.get(path)).status, 404);
  await remove(ana, path);
});

test("rights by folder: what is in a shared folder is shared, and what is moved out is not", async () => {
  const outer = ok<Folder>(await ana.post("/api/folders", { title: "Project" }));
  const inner = ok<Folder>(await ana.post("/api/folders", { title: "Drafts", parent: outer.id }));
  const document = await uploadText(ana, "draft.txt", "The draft says almost nothing.", inner.id);
  const path = `/api/documents/${document.id}`;
  assert.equal((await ben.get(path)).status, 404);
  await share(ana, `/api/folders/${outer.id}`, { email: "ben@example.com" });
  assert.equal((await ben.json<Document>(path)).folder, inner.id);
  assert.deepEqual((await ben.json<Folder[]>("/api/folders")).map(({ title }) => title).toSorted(), ["Drafts", "Project"]);
  assert.deepEqual(
    (await list(ben, `?folder=${inner.id}`)).documents.map(({ id }) => id),
    [document.id],
  );
  assert.equal((await upload(ben, [["b.txt", "Not yours."]], inner.id)).status, 404, "to put something in is the owner's");
  assert.equal(ok<Document>(await change(ana, path, { folder: null })).folder, null);
  assert.equal((await ben.get(path)).status, 404);
  assert.ok((await change(ana, `/api/folders/${outer.id}`, { parent: inner.id })).status >= 400, "no folder is in itself");
  for (const gone of [path, `/api/folders/${inner.id}`, `/api/folders/${outer.id}`]) assert.equal((await remove(ana, gone)).status, 204);
});

test("CF-08 S-19: foreign, unknown and impossible ids are refused alike on every route, and foreign things stay as they are", async () => {
  const folder = ok<Folder>(await ana.post("/api/folders", { title: "Mine" }));
  const document = await uploadText(ana, "mine.txt", "Mine alone.", folder.id);
  const words = async (id: string, folder: string) => {
    const answers: string[] = [];
    for (const route of routesOf(id, folder)) {
      const page = await call(ben, route);
      const { error, code } = JSON.parse(page.text) as { error: string; code: string };
      assert.equal(page.status, 404, `${route[0]} ${route[1]}`);
      answers.push(`${code}: ${error}`);
    }
    return answers;
  };
  const foreign = await words(document.id, folder.id);
  assert.deepEqual(await words("AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA"), foreign);
  assert.deepEqual(await words("no%2Fid", "no%2Fid"), foreign);
  assert.equal((await ana.get(`/api/documents/${document.id}/passages/999`)).status, 404);
  assert.equal((await ana.get(`/api/documents/${document.id}/passages/x`)).status, 404);
  assert.equal((await ana.json<Document>(`/api/documents/${document.id}`)).title, document.title);
  await remove(ana, `/api/documents/${document.id}`);
  await remove(ana, `/api/folders/${folder.id}`);
});

test("anonymous callers get 401 everywhere, other methods 405, other sites 403", async () => {
  const nobody = new HttpClient(deputy.url);
  const all: [string, string, unknown?][] = [
    ["GET", "/api/documents"],
    ["POST", "/api/documents", { title: "x", text: "x" }],
    ["POST", "/api/documents/upload", {}],
    ["POST", "/api/documents/search", { query: "x" }],
    ["POST", "/api/documents/samples", {}],
    ["GET", "/api/folders"],
    ["POST", "/api/folders", { title: "x" }],
    ...routesOf("x", "x"),
  ];
  for (const route of all) assert.deepEqual(refusal(await call(nobody, route)), [401, "unauthenticated"], `${route[0]} ${route[1]}`);
  for (const [path, allow] of [
    ["/api/documents", "GET, POST"],
    ["/api/documents/x", "GET, PATCH, DELETE"],
    ["/api/documents/upload", "POST"],
    ["/api/folders/x", "PATCH, DELETE"],
  ] as const) {
    const page = await ana.post(path, {}, { method: "PUT" });
    assert.deepEqual([page.status, page.headers.get("allow")], [405, allow], path);
  }
  const foreign = await ana.post("/api/documents", { title: "x", text: "x" }, { headers: { origin: "https://evil.example" } });
  assert.deepEqual(refusal(foreign), [403, "origin_refused"]);
  assert.deepEqual(refusal(await ana.post("/api/documents/search", { query: " " })), [400, "query_missing"]);
});

test("an access token is as good as a session", async () => {
  const { token } = await Spa.login(deputy, "ana");
  const client = new HttpClient(deputy.url);
  const headers = { authorization: `Bearer ${token}` };
  const form = new FormData();
  form.append("file", new File(["By a command line."], "token.txt", { type: "text/plain" }));
  const sent = await client.request("/api/documents/upload", { method: "POST", headers, body: form });
  const [document] = ok<{ documents: Document[] }>(sent).documents;
  assert.equal((await client.get(`/api/documents/${document?.id}`, { headers })).status, 200);
  assert.ok(
    (await list(ana)).documents.some(({ id }) => id === document?.id),
    "the same user",
  );
  await remove(ana, `/api/documents/${document?.id}`);
});

test("RG-14 RG-15: the samples are the caller's; the public one is everybody's, the private one nobody else's", async () => {
  const question = "Show me forecast for ZEKO?";
  const { documents } = ok<{ documents: Document[] }>(await ana.post("/api/documents/samples", {}));
  assert.deepEqual(
    documents.map(({ mine, everybody }) => [mine, everybody]),
    [
      [true, true],
      [true, false],
    ],
  );
  const [open, secret] = documents;
  const hits = async (client: HttpClient) => (await search(client, question)).passages.map(({ documentId }) => documentId);
  assert.equal((await hits(ana))[0], secret?.id, "it has the forecast");
  assert.deepEqual([...new Set(await hits(ben))], [open?.id]);
  const given = await share(ana, `/api/documents/${secret?.id}`, { email: "ben@example.com" });
  assert.equal((await hits(ben))[0], secret?.id);
  await remove(ana, `/api/documents/${secret?.id}/shares/${given.id}`);
  assert.deepEqual([...new Set(await hits(ben))], [open?.id]);
});
