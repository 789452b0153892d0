import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { ChatSocket, HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { ask, createChat, eventually, openTab, pause, textOf, userMessage } from "../socket/support/chat.ts";
import { CONNECTION, FREE_BUSY, parseInterrupt } from "../socket/support/connect.ts";
import { answered, Spa, toolPart } from "./support/spa.ts";

let deputy: Deputy;
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());

/** A token that ends so many milliseconds from now. */
async function endingIn(ms: number): Promise<Spa> {
  const whole = await Spa.login(deputy, "ana");
  const { exp } = JSON.parse(Buffer.from(whole.token.split(".")[1] ?? "", "base64url").toString()) as { exp: number };
  await deputy.offline.clock(ms - (exp * 1000 - Date.now()));
  const spa = await Spa.login(deputy, "ana");
  await deputy.offline.clock(0);
  return spa;
}

test("TV-05: what waits under a token that has ended goes on under the client's next one", async () => {
  const first = await endingIn(6_000);
  const [id, messages] = [randomUUID(), [userMessage("Am I free tomorrow at 9?")]];
  const { message, error } = await first.official(id, messages);
  assert.equal(parseInterrupt(error).code, "TOKEN_VAULT_ERROR");
  assert.ok(message);
  await eventually("its end", async () => (await first.post({ messages })).status === 401, 15_000);
  await pause(100);
  const { user_id } = await deputy.offline.user("ana");
  await deputy.offline.control("POST", "/seed", {
    connected_accounts: [{ user_id, connection: CONNECTION, account: "ana@gmail.example", scopes: ["openid", FREE_BUSY] }],
  });

  const next = await Spa.login(deputy, "ana");
  const resumed = answered(message, { continueInterruption: true });
  const end = await next.official(id, [...messages, resumed], resumed);
  assert.deepEqual([end.error, toolPart(end.message).output], [undefined, { available: false }]);
  assert.match(textOf(end.message), /You are busy/);
});

test("S-16: a socket that says nothing is closed with 1008 when its token has ended, while others go on in the chat", async () => {
  const cookie = await deputy.login("ana");
  const id = await createChat(cookie);
  const tab = await openTab(cookie, id);
  const short = await endingIn(6_000);
  const headers = { authorization: `Bearer ${short.token}` };
  const silent = await ChatSocket.open(new HttpClient(deputy.url), id, { headers });
  await ask(tab, "Thanks");
  assert.equal(silent.closed, undefined);
  await eventually("its end", async () => silent.closed !== undefined, 15_000);
  assert.deepEqual(silent.closed, { code: 1008, reason: "Unauthorized" });
  const heard = silent.frames.length;
  await ask(tab, "Thanks again");
  assert.equal(silent.frames.length, heard);
  assert.equal(tab.closed, undefined);
  await tab.close();
});
