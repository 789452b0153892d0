// MCP servers made with the Cloudflare agents SDK, in workerd: a user adds them, and their tools are called in a chat.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { User, type Output } from "../npm-servers/user.ts";
import { eventually } from "../socket/support/chat.ts";
import { startSdkWorker, type SdkWorker } from "./sdk.ts";

let deputy: Deputy;
let sdk: SdkWorker;
let ana: User;
before(async () => {
  [deputy, sdk] = await Promise.all([startDeputy(), startSdkWorker()]);
  ana = await User.of(deputy, "ana");
});
after(async () => {
  await sdk?.stop();
  await deputy?.stop();
});
beforeEach(async () => {
  for (const { id } of await ana.client.json<{ id: string }[]>("/api/mcp-servers")) {
    await ana.client.post(`/api/mcp-servers/${id}`, undefined, { method: "DELETE" });
  }
});

const text = (output: unknown) => (output as Output).content.map((part) => part.text).join("\n");

test("CF-29: createMcpHandler, without sessions: added, called, asked for, and its failure is told", async () => {
  const server = await ana.add("Notes", `${sdk.origin}/stateless/mcp`);
  assert.equal(server.state, "ready", server.problem);
  assert.deepEqual(
    server.tools.map(({ name, asks }) => [name, asks]),
    [
      ["shout", false],
      ["keep", true],
      ["fail", false],
      ["sign", false],
      ["pay", false],
      ["who", false],
    ],
  );
  assert.equal(text(await ana.calls("notes", "shout", { text: "grüezi", at: 7 })), "GRÜEZI @7");
  const failed = await ana.calls("notes", "fail", {});
  assert.deepEqual([failed.isError, text(failed)], [true, "the ink is dry"]);
  const kept = await ana.decides(await ana.asks("notes", "keep", { text: "milk" }), true);
  assert.equal(text(kept.output), "kept milk");
});

test("a server that would ask the user in the middle of a call does not: Deputy has not said that it can", async () => {
  await ana.add("Notes", `${sdk.origin}/stateless/mcp`);
  for (const tool of ["sign", "pay"]) {
    const { part, socket } = await ana.asks("notes", tool, {});
    await socket.close();
    assert.equal(part.state, "output-error", tool);
    assert.match(part.errorText ?? "", /asks for something in the middle of the call/, tool);
  }
});

test("McpAgent.serve, a session each: added, called, asked for", async () => {
  const server = await ana.add("Counter", `${sdk.origin}/sessions/mcp`);
  assert.equal(server.state, "ready", server.problem);
  const added = await ana.decides(await ana.asks("counter", "add", { by: 3 }), true);
  assert.equal(text(added.output), "3");
  assert.equal(text(await ana.calls("counter", "count", {})), "0", "every conversation is a session of its own");
});

test("behind workers-oauth-provider: the user logs in, is asked for more where a tool needs it, and it is the user who calls", async () => {
  const server = await ana.add("Guarded", `${sdk.origin}/guarded/mcp`);
  assert.equal(server.state, "log_in_needed", server.problem);
  const begin = `/auth/mcp/login?server=${server.id}&returnTo=/servers`;
  assert.equal((await ana.client.get(begin)).url, `${deputy.url}/servers`);
  const after = await ana.server(server.id);
  assert.deepEqual([after.state, after.loggedIn, after.tools.length], ["ready", true, 6], after.problem);
  const who = JSON.parse(text(await ana.calls("guarded", "who", {}))) as { userId: string; scope: string[] };
  assert.deepEqual([who.userId, who.scope.filter((scope) => scope.startsWith("notes:"))], ["kim", ["notes:read"]]);
  const refused = await ana.decides(await ana.asks("guarded", "keep", { text: "milk" }), true);
  assert.equal(refused.state, "output-error");
  await eventually("more permission is needed", async () => (await ana.server(server.id)).state === "more_permission_needed");
  await ana.client.get(begin);
  assert.equal((await ana.server(server.id)).state, "ready");
  const kept = await ana.decides(await ana.asks("guarded", "keep", { text: "bread" }), true);
  assert.equal(text(kept.output), "kept bread");
  assert.ok(Number((await new HttpClient(sdk.origin).post("/end-tokens")).text) > 0);
  assert.equal(text(await ana.calls("guarded", "shout", { text: "still here" })), "STILL HERE", "the token was renewed");
  assert.equal((await new HttpClient(sdk.origin).post("/guarded/mcp", {})).status, 401, "and nobody else");
});
