// What is written, and what is not: counts, which are the same on every machine.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { ask, createChat, openTab } from "./support/chat.ts";
import { commits } from "./support/commits.ts";

let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
});
after(() => deputy.stop());

/** How many commits of each class of object `body` leads to, with what comes after it: what was used is told within five seconds. */
async function counted(body: () => Promise<unknown>): Promise<Record<string, number>> {
  const settled = 6_000;
  const begun = commits(deputy.worker.persistDir);
  await body();
  await wait(settled);
  const now = commits(deputy.worker.persistDir);
  return Object.fromEntries(Object.entries(now).map(([kind, count]) => [kind, count - (begun[kind] ?? 0)]));
}

const times = async (count: number, once: () => Promise<unknown>) => {
  for (let done = 0; done < count; done += 1) await once();
};

test("issue 14: a plain turn is two commits of its chat, and none of another object", async () => {
  const socket = await openTab(ana, await createChat(ana));
  // The first turn gives the chat its title, asks who the user is, and sets the alarm.
  await ask(socket, "Hello");
  await wait(6_000);
  const turns = 20;
  const {
    Chat = 0,
    Account = 0,
    ...others
  } = await counted(async () => {
    await times(turns, async () => {
      const { outcome } = await ask(socket, "Hello");
      assert.equal(outcome, "completed");
    });
  });
  // Besides them the alarm, once it has nothing left to watch, and the account's count of what all of them used.
  assert.ok(Chat >= turns && Chat <= 2 * turns + 3, `${Chat} commits of the chat in ${turns} turns`);
  assert.ok(Account <= 3, `${Account} commits of the account in ${turns} turns`);
  assert.deepEqual(
    Object.values(others).filter((count) => count > 0),
    [],
  );
  await socket.close();
});

test("issue 14: reading writes nothing", async () => {
  const chat = await createChat(ana);
  await (await openTab(ana, chat)).close();
  await wait(1_000);
  const counts = await counted(async () => {
    for (const path of ["/user", "/api/chats", `/api/chats/${chat}`, "/api/connections", "/api/schedules", `/agents/chat/${chat}/get-messages`]) {
      await times(5, async () => assert.equal((await ana.get(path)).status, 200, path));
    }
    await times(5, async () => await (await openTab(ana, chat)).close());
  });
  assert.ok(
    Object.values(counts).every((count) => count === 0),
    JSON.stringify(counts),
  );
});
