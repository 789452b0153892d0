// A wait has an end, also when nothing runs at that moment: the clock that counts stands in the storage.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { ask, createChat, ended, eventually, history, openTab, say, toolParts } from "../socket/support/chat.ts";
import { interruptOf } from "../socket/support/connect.ts";
import { change, databasesWith } from "../socket/support/storage.ts";
import { seen } from "../socket/support/world.ts";

let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
});
after(() => deputy.stop());

/** A day passes while the Worker is stopped: for every call that waits. */
async function aDayPasses(): Promise<void> {
  await deputy.worker.kill();
  // workerd keeps an object's alarm with the object and in a list of all, in nanoseconds.
  for (const file of databasesWith(deputy.worker.persistDir, "_cf_ALARM")) change(file, "UPDATE _cf_ALARM SET scheduled_time = 1000000000000000000");
  for (const file of databasesWith(deputy.worker.persistDir, "log")) {
    change(file, "UPDATE _cf_METADATA SET value = 1000000000000000000 WHERE key = 1");
    change(file, "UPDATE log SET body = json_set(body, '$.call_paused.pause.expires_at', 1) WHERE body LIKE '{\"call_paused\"%'");
  }
  await deputy.worker.start();
}

test("CF-18: a confirmation that nobody answered in time is over: shown so, and a later yes runs nothing", async () => {
  const chat = await createChat(ana);
  const tab = await openTab(ana, chat);
  await ask(tab, "Weather in Paris");
  const [asked] = toolParts(await history(ana, chat));
  assert.equal(asked?.state, "approval-requested");
  await tab.close();
  await aDayPasses();
  const again = await openTab(ana, chat);
  try {
    const part = await eventually("the end of the wait", async () =>
      toolParts(await history(ana, chat)).find(({ state }) => state === "output-error"),
    );
    assert.match(String(part.errorText), /time/);
    again.send({ type: "cf_agent_tool_approval", toolCallId: part.toolCallId, approved: true, autoContinue: true });
    assert.equal((await ask(again, "Thanks")).outcome, "completed");
    assert.deepEqual(toolParts(await history(ana, chat)), [part]);
  } finally {
    await again.close();
  }
});

test("TV-02: a card for an account that nobody answered in time is over, and the provider is never asked", async () => {
  const chat = await createChat(ana);
  const tab = await openTab(ana, chat);
  const request = say(tab, "Am I free tomorrow at 9?");
  await ended(tab, request);
  assert.equal(interruptOf(tab, request).connection, "google-oauth2");
  await tab.close();
  await aDayPasses();
  const part = await eventually("the end of the wait", async () => toolParts(await history(ana, chat)).find(({ state }) => state === "output-error"));
  assert.match(String(part.errorText), /time/);
  assert.deepEqual(await seen(deputy.offline, "providers", "/google/calendar"), []);
});
