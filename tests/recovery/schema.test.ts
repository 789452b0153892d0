// Objects that an earlier version wrote open after the current migrations, and everything in them is of use.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { createChat, eventually, history, openTab, textOf, toolParts } from "../socket/support/chat.ts";
import { change, databasesWith, queryFile } from "../socket/support/storage.ts";

let deputy: Deputy;
let ana: HttpClient;
let chat: string;
/** Schema versions that objects have had at the same time; each has its fixtures. */
const versions = [
  { chat: 1, account: 1 },
  { chat: 1, account: 2 },
  { chat: 1, account: 3 },
  { chat: 2, account: 3 },
  { chat: 3, account: 5 },
];
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
  chat = await createChat(ana);
  await (await openTab(ana, chat)).close();
});
after(() => deputy.stop());

/** Puts a fixture in the place of an object's tables. */
function replace(table: string, fixture: string): string {
  const [file, ...more] = databasesWith(deputy.worker.persistDir, table);
  assert.ok(file !== undefined && more.length === 0);
  const tables = queryFile<{ name: string }>(
    file,
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
  );
  const sql = readFileSync(new URL(`fixtures/${fixture}`, import.meta.url), "utf8").replaceAll("{{chat}}", chat);
  change(file, `${tables.map(({ name }) => `DROP TABLE "${name}";`).join("\n")}\n${sql}`);
  return file;
}

for (const version of versions) {
  test(`a chat of schema version ${version.chat} and an account of ${version.account} open and work`, async () => {
    await deputy.worker.stop();
    const chatFile = replace("log", `chat.v${version.chat}.sql`);
    const accountFile = replace("ledger", `account.v${version.account}.sql`);
    await deputy.worker.start();
    assert.equal((await ana.get("/user")).status, 401, "the session is not in it");
    ana = await deputy.login("ana");
    assert.deepEqual(
      (await ana.json<{ id: string; title: string }[]>("/api/chats")).map(({ id, title }) => [id, title]),
      [[chat, "Am I free tomorrow at 9?"]],
    );
    assert.deepEqual(
      (await ana.json<{ description: string }[]>("/api/schedules")).map(({ description }) => description),
      ["drink water"],
    );
    const before = await history(ana, chat);
    assert.deepEqual(
      before.map(({ role }) => role),
      ["user", "assistant", "user", "assistant", "user", "assistant"],
    );
    assert.equal(textOf(before[1]), "You are busy tomorrow at 09:00.");
    const waiting = toolParts(before).at(-1);
    assert.deepEqual([waiting?.type, waiting?.state], ["tool-getWeatherInformation", "approval-requested"]);
    const socket = await openTab(ana, chat);
    socket.send({ type: "cf_agent_tool_approval", toolCallId: waiting?.toolCallId, approved: true, autoContinue: true });
    const part = await eventually("the end of the call that waited", async () =>
      toolParts(await history(ana, chat)).find(
        ({ toolCallId, state }) => toolCallId === waiting?.toolCallId && (state === "output-available" || state === "output-error"),
      ),
    );
    assert.deepEqual([part.state, part.output], ["output-available", "The weather in Paris is sunny"]);
    await socket.close();
    await deputy.worker.stop();
    for (const [object, file] of [
      ["chat", chatFile],
      ["account", accountFile],
    ] as const) {
      const [row] = queryFile<{ value: string }>(file, "SELECT value FROM meta WHERE key = 'schema_version'");
      assert.ok(
        versions.some((one) => one[object] === Number(row?.value)),
        `version ${row?.value} of ${object} needs fixtures of its own`,
      );
    }
    assert.equal(
      queryFile<{ outcome: string }>(accountFile, "SELECT outcome FROM ledger WHERE tool = 'checkUsersCalendar'")[0]?.outcome,
      "completed",
    );
  });
}
