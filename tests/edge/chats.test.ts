import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { ChatSocket, HttpClient, UpgradeRefused, startDeputy, type Deputy } from "../harness/index.ts";

let deputy: Deputy;
let ana: HttpClient;
let ben: HttpClient;
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
  ben = await deputy.login("ben");
});
after(() => deputy.stop());

type Chat = { id: string; title: string; createdAt: number };
const create = async (client: HttpClient) => (JSON.parse((await client.post("/api/chats")).text) as { id: string }).id;
const list = (client: HttpClient, query = "") => client.json<Chat[]>(`/api/chats${query}`);
const codeOf = (text: string) => (JSON.parse(text) as { code: string }).code;
const refusal = (promise: Promise<unknown>, status: number) =>
  assert.rejects(promise, (error) => error instanceof UpgradeRefused && error.status === status);

test("S-18: chats are made, listed newest first, paged, searched, renamed and deleted", async () => {
  const ids = [await create(ana), await create(ana), await create(ana)];
  assert.deepEqual((await list(ana)).map(({ id }) => id).slice(0, 3), [...ids].reverse());
  const [newest] = await list(ana, "?limit=1");
  assert.equal((await list(ana, `?limit=1&before=${newest?.createdAt}`))[0]?.id, ids[1]);
  const renamed = await ana.post(`/api/chats/${ids[0]}`, { title: "  Holidays\n2027 " }, { method: "PATCH" });
  assert.deepEqual([renamed.status, (JSON.parse(renamed.text) as Chat).title], [200, "Holidays 2027"]);
  assert.deepEqual(await ana.json<Chat>(`/api/chats/${ids[0]}`), JSON.parse(renamed.text), "one chat by itself");
  assert.deepEqual(
    (await list(ana, "?q=holiDAYS")).map(({ id }) => id),
    [ids[0]],
  );
  const gone = await ana.post(`/api/chats/${ids[0]}`, undefined, { method: "DELETE" });
  assert.deepEqual([gone.status, gone.text], [204, ""]);
  assert.equal((await ana.post(`/api/chats/${ids[0]}`, undefined, { method: "DELETE" })).status, 404);
});

test("the starter's own front end finds what its pages ask for, in their order", async () => {
  const nobody = new HttpClient(deputy.url);
  assert.equal((await nobody.get("/user")).status, 401, "it shows Log in");
  assert.equal((await nobody.post("/api/chats")).status, 401, "New Chat leads to the log-in");
  assert.match((await nobody.get("/c/new", { headers: { accept: "text/html" }, follow: false })).headers.get("location") ?? "", /auth\/login/);
  const carol = await deputy.login("ana");
  const user = await carol.json<{ name?: string; nickname?: string; picture?: string }>("/user");
  assert.ok(user.name ?? user.nickname, "its avatar wants a letter");
  const id = await create(carol);
  assert.deepEqual(await carol.json("/check-open-ai-key"), { success: true }, "a chat that does not hear this stays blank");
  const chat = await carol.json<Chat>(`/api/chats/${id}`);
  assert.deepEqual([chat.id, typeof chat.title, typeof chat.createdAt], [id, "string", "number"]);
  assert.ok(Date.now() - chat.createdAt < 60_000, "it says how long ago");
  assert.deepEqual(await carol.json(`/agents/chat/${id}/get-messages`), []);
  assert.ok((await list(carol)).some((one) => one.id === id));
});

test("S-18: concurrent creates all end up in the list", async () => {
  const ids = await Promise.all(Array.from({ length: 12 }, () => create(ben)));
  const listed = new Set((await list(ben)).map(({ id }) => id));
  assert.ok(ids.every((id) => listed.has(id)) && new Set(ids).size === 12);
});

test("anonymous callers get 401 everywhere", async () => {
  const nobody = new HttpClient(deputy.url);
  for (const path of ["/api/chats", "/api/chats/x", "/api/connections", "/api/schedules", "/api/identity", "/agents/chat/x/get-messages", "/user"])
    assert.equal((await nobody.get(path)).status, 401, path);
  await refusal(ChatSocket.open(nobody, await create(ana)), 401);
});

test("CF-08 S-19: foreign and unknown chats are refused alike and leave no trace", async () => {
  const mine = await create(ana);
  for (const id of [mine, "AAAAAAAAAAAAAAAAAAAAAA", "no%2Fid", "x".repeat(100)]) {
    const rename = await ben.post(`/api/chats/${id}`, { title: "mine now" }, { method: "PATCH" });
    assert.deepEqual([rename.status, codeOf(rename.text)], [404, "chat_unknown"], id);
    const read = await ben.get(`/api/chats/${id}`);
    assert.deepEqual([read.status, codeOf(read.text)], [404, "chat_unknown"], id);
    assert.equal((await ben.post(`/api/chats/${id}`, undefined, { method: "DELETE" })).status, 404);
    const messages = await ben.get(`/agents/chat/${id}/get-messages`);
    assert.equal(messages.status, 403);
    assert.equal((JSON.parse(messages.text) as { error: string }).error, "This chat is not yours.");
  }
  for (const id of [mine, "AAAAAAAAAAAAAAAAAAAAAA", "unknown"]) {
    const socket = await ChatSocket.open(ben, id);
    assert.deepEqual(await socket.waitForClose(), { code: 1008, reason: "This chat is not yours." }, id);
    assert.deepEqual(socket.frames, [], "no frame before the close");
  }
  assert.equal((await ana.get(`/agents/chat/${mine}/get-messages`)).status, 200, "it still works for its owner");
});

test("S-12: an upgrade from a foreign page is refused before the session is looked at", async () => {
  const id = await create(ana);
  await refusal(ChatSocket.open(ana, id, { origin: "https://evil.example" }), 403);
  await refusal(ChatSocket.open(new HttpClient(deputy.url), id, { origin: "null" }), 403);
  const own = await ChatSocket.open(ana, id, { origin: null });
  await own.close();
});

test("CF-06 S-11: internal headers from outside change nothing", async () => {
  const id = await create(ana);
  const forged = { "x-deputy-identity": JSON.stringify({ sub: "auth0|someone", session: null, exp: 9e15, chat: id }) };
  const socket = await ChatSocket.open(ben, id, { headers: forged });
  assert.equal((await socket.waitForClose()).code, 1008);
  assert.equal((await ben.get(`/agents/chat/${id}/get-messages`, { headers: forged })).status, 403);
});

test("malformed, oversized and empty bodies are clear errors", async () => {
  const id = await create(ana);
  const patch = (body: string) =>
    ana.request(`/api/chats/${id}`, { method: "PATCH", headers: { origin: deputy.url, "content-type": "application/json" }, body });
  for (const [body, status, code] of [
    ["{", 400, "json_invalid"],
    ["", 400, "json_invalid"],
    ['{"title":7}', 400, "json_invalid"],
    ['{"title":" "}', 400, "title_empty"],
    [`{"title":"${"x".repeat(70_000)}"}`, 413, "body_too_large"],
  ] as const) {
    const page = await patch(body);
    assert.deepEqual([page.status, codeOf(page.text)], [status, code], body.slice(0, 20));
  }
  assert.equal((await ana.get("/api/chats?limit=x&before=-1&q=%25")).status, 200);
});

test("S-16: logging out closes the sockets of that session with 1008 Unauthorized and ends its access", async () => {
  const client = await deputy.login("ana");
  const id = await create(client);
  const socket = await ChatSocket.open(client, id);
  const other = await ChatSocket.open(ana, id);
  await client.post("/auth/logout", undefined, { follow: false });
  assert.deepEqual(await socket.waitForClose(), { code: 1008, reason: "Unauthorized" });
  await refusal(ChatSocket.open(client, id), 401);
  assert.equal((await client.get(`/agents/chat/${id}/get-messages`)).status, 401);
  assert.equal(other.closed, undefined, "another session of the same user stays");
  await other.close();
});

test("UA-14 UA-15 UA-16 CF-07: bearer tokens are verified, x-api-key wins, each refusal has its text", async () => {
  const all = await deputy.offline.tokens<{ kind: string; token: string; user_id?: string; audience?: string }>();
  const user = await deputy.offline.user("ana");
  const good = all.findLast(
    ({ kind, token, user_id, audience }) =>
      kind === "access_token" && user_id === user.user_id && audience?.includes("deputy.example") && token.split(".").length === 3,
  )?.token;
  assert.ok(good, JSON.stringify(all.map(({ kind, audience }) => [kind, audience])));
  const id = await create(ana);
  const nobody = new HttpClient(deputy.url);
  const call = async (headers: Record<string, string>, path = "/api/chats") => {
    const page = await nobody.get(path, { headers });
    return [page.status, page.status === 200 ? "" : (JSON.parse(page.text) as { error: string }).error];
  };
  assert.deepEqual(await call({ authorization: `Bearer ${good}` }), [200, ""]);
  assert.deepEqual(await call({ authorization: `bearer ${good}` }), [200, ""]);
  assert.deepEqual(await call({ authorization: "Bearer bad", "x-api-key": good }), [200, ""]);
  assert.deepEqual(await call({ authorization: `Bearer ${good}` }, `/agents/chat/${id}/get-messages`), [200, ""]);
  const rejected = [401, "Invalid Authorization token provided."];
  assert.deepEqual(await call({ authorization: `Bearer ${good}`, "x-api-key": "bad" }), rejected);
  assert.deepEqual(await call({ authorization: "Bearer " }), [401, "Authorization header format must be of the form: Bearer <token>"]);
  const [head = "", body = "", signature = ""] = good.split(".");
  const decoded = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const forge = (header: string, claims: unknown) =>
    `${header}.${encode(claims)}.${sign("sha256", Buffer.from(`${header}.${encode(claims)}`), privateKey).toString("base64url")}`;
  const other = all.find(
    ({ kind, audience, token }) =>
      kind === "access_token" && audience !== undefined && !audience.includes("deputy.example") && token.split(".").length === 3,
  )?.token;
  const idToken = all.find(({ kind }) => kind === "id_token")?.token;
  const bad = {
    "another key": forge(head, decoded),
    "unknown key id": forge(encode({ alg: "RS256", kid: "made-up", typ: "JWT" }), decoded),
    "no algorithm": `${encode({ alg: "none", kid: (JSON.parse(Buffer.from(head, "base64url").toString()) as { kid: string }).kid })}.${body}.`,
    "changed claims": `${head}.${encode({ ...decoded, sub: "auth0|someone-else" })}.${signature}`,
    ...(other ? { "another audience": other } : {}),
    ...(idToken ? { "an ID token": idToken } : {}),
    nothing: "x",
  };
  for (const [name, token] of Object.entries(bad)) {
    assert.deepEqual(await call({ authorization: `Bearer ${token}` }), rejected, name);
    await refusal(ChatSocket.open(nobody, id, { headers: { authorization: `Bearer ${token}` } }), 401);
  }
  const socket = await ChatSocket.open(nobody, id, { headers: { authorization: `Bearer ${good}` } });
  await socket.close();
  assert.equal((await nobody.get("/user", { headers: { authorization: `Bearer ${good}` } })).status, 401, "only the cookie shows claims");
});

test("CF-07: an expired bearer is refused", async () => {
  const refresh =
    (await deputy.offline.tokens<{ kind: string; token: string; revoked: boolean }>()).findLast(
      ({ kind, revoked }) => kind.includes("refresh") && !revoked,
    )?.token ?? "";
  await deputy.offline.clock(-3 * 86_400_000);
  const vars = deputy.offline.settings();
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: refresh,
    client_id: vars.AUTH0_CLIENT_ID ?? "",
    client_secret: vars.AUTH0_CLIENT_SECRET ?? "",
  });
  const answer = await fetch(`${deputy.offline.issuer}oauth/token`, { method: "POST", body });
  await deputy.offline.clock(0);
  assert.equal(answer.status, 200);
  const { access_token } = (await answer.json()) as { access_token: string };
  const page = await new HttpClient(deputy.url).get("/api/chats", { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal(page.status, 401);
});
