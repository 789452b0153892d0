// Where the user is logged in (`/api/sessions`), and what ending it elsewhere does.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ChatSocket, HttpClient, startDeputy, type Deputy } from "../harness/index.ts";

interface Login {
  id: string;
  browser?: string;
  createdAt: number;
  lastUsed: number;
  current: boolean;
}

let deputy: Deputy;
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());

const logins = (client: HttpClient) => client.json<Login[]>("/api/sessions");
const end = (client: HttpClient, id: string, headers: Record<string, string> = {}) =>
  client.post(`/api/sessions/${id}`, undefined, { method: "DELETE", headers });
const isIn = async (client: HttpClient) => (await client.get("/user")).status === 200;

test("S-16: logins are listed with when and where, and only one's own", async () => {
  const [first, second, ben] = [await deputy.login("ana"), await deputy.login("ana"), await deputy.login("ben")];
  const list = await logins(first);
  assert.equal(list.length, 2);
  assert.deepEqual(list.map(({ current }) => current).sort(), [false, true]);
  for (const login of list) {
    assert.equal(login.browser, "Node.js");
    assert.ok(Math.abs(Date.now() - login.createdAt) < 120_000 && login.lastUsed >= login.createdAt);
    assert.ok(!(first.cookie("deputy") ?? "").includes(login.id));
  }
  assert.notEqual(list.find(({ current }) => current)?.id, (await logins(second)).find(({ current }) => current)?.id);
  assert.equal((await logins(ben)).length, 1);
  assert.equal((await new HttpClient(deputy.url).get("/api/sessions")).status, 401);
  const mine = list[0]?.id ?? "";
  assert.equal((await end(ben, mine)).status, 404, "another user's is unknown");
  assert.equal((await end(first, "made-up")).status, 404);
  assert.equal((await end(first, mine, { origin: "https://evil.example" })).status, 403);
  assert.ok((await isIn(first)) && (await isIn(second)));
  assert.equal((await end(first, "all")).status, 204);
});

test("S-16: a login is ended from another browser: its sockets close with 1008 within a second, its cookie is worth nothing", async () => {
  const [mine, lost] = [await deputy.login("ana"), await deputy.login("ana")];
  const { id } = JSON.parse((await lost.post("/api/chats")).text) as { id: string };
  const [open, kept] = [await ChatSocket.open(lost, id), await ChatSocket.open(mine, id)];
  const other = (await logins(mine)).find(({ current }) => !current)?.id ?? "";
  const begun = Date.now();
  assert.equal((await end(mine, other)).status, 204);
  assert.equal((await open.waitForClose()).code, 1008);
  // Half a second of it is the harness, which waits for the connection to end after both close frames.
  assert.ok(Date.now() - begun < 1500, `${Date.now() - begun} ms`);
  assert.equal(await isIn(lost), false);
  assert.ok(await isIn(mine));
  assert.equal(kept.closed, undefined);
  await kept.close();
  assert.deepEqual((await logins(mine)).length, 1);
  assert.equal((await end(mine, other)).status, 404);
});

test("S-15 S-16: what asks the account in one visit refuses an ended login too, does nothing, and clears the cookie", async () => {
  const mine = await deputy.login("ana");
  const before = (await mine.json<unknown[]>("/api/chats")).length;
  for (const [method, path] of [
    ["GET", "/api/chats"],
    ["POST", "/api/chats"],
    ["GET", "/api/connections"],
    ["GET", "/api/schedules"],
    ["GET", "/api/mcp-servers"],
  ] as const) {
    const lost = await deputy.login("ana");
    const other = (await logins(mine)).find(({ current }) => !current)?.id ?? "";
    assert.equal((await end(mine, other)).status, 204);
    const refused = await lost.request(path, { method, headers: { origin: deputy.url } });
    assert.equal(refused.status, 401, path);
    assert.equal((JSON.parse(refused.text) as { code: string }).code, "unauthenticated", path);
    assert.match(refused.headers.getSetCookie().join("\n"), /^deputy=; .*Max-Age=0/, path);
  }
  assert.equal((await mine.json<unknown[]>("/api/chats")).length, before);
});

test("S-16 UA-20: the others, then this browser's own log-out, which names the session to the tenant", async () => {
  const [mine, lost] = [await deputy.login("ana"), await deputy.login("ana")];
  assert.equal((await end(mine, "others")).status, 204);
  assert.ok((await isIn(mine)) && !(await isIn(lost)));
  const leaves = await mine.post("/auth/logout", undefined, { follow: false });
  assert.match(leaves.headers.get("location") ?? "", /\/oidc\/logout\?.*logout_hint=/);
  assert.equal(await isIn(mine), false);
});

test("S-16: everywhere is everywhere, this browser as well; chats are there after the next login", async () => {
  const [first, second] = [await deputy.login("ana"), await deputy.login("ana")];
  const { id } = JSON.parse((await first.post("/api/chats")).text) as { id: string };
  const sockets = [await ChatSocket.open(first, id), await ChatSocket.open(second, id)];
  assert.equal((await end(first, "all")).status, 204);
  for (const socket of sockets) assert.equal((await socket.waitForClose()).code, 1008);
  const leaves = await first.post("/auth/logout", undefined, { follow: false });
  assert.match(leaves.headers.get("location") ?? "", /\/oidc\/logout\?/, "the log-out that follows leaves the tenant too");
  assert.ok(!(await isIn(first)) && !(await isIn(second)));
  const again = await deputy.login("ana");
  assert.ok((await again.json<{ id: string }[]>("/api/chats")).some((chat) => chat.id === id));
});
