// Writes the fixtures of the present schema versions: `node tests/recovery/record-fixtures.ts`, once for every new version,
// before it is released. Fixtures of earlier versions stay as they are.
import { writeFileSync } from "node:fs";
import { type HttpClient, startDeputy } from "../harness/index.ts";
import { ask, createChat, openTab } from "../socket/support/chat.ts";
import { connectCalendar } from "../socket/support/connect.ts";
import { databasesWith, queryFile } from "../socket/support/storage.ts";

/** Times that must not have come when the fixture is used. */
const FUTURE = 4_102_444_800_000;

const deputy = await startDeputy();
try {
  const ana = await deputy.login("ana");
  const chat = await play(ana);
  await deputy.worker.stop();
  write("chat", "log", "two answered questions, a schedule, a call that waits for a yes", chat);
  write("account", "ledger", "a session, a chat, a connection, an open connect flow, a schedule, the ledger", chat);
} finally {
  await deputy.stop();
}

async function play(ana: HttpClient): Promise<string> {
  const chat = await createChat(ana);
  const socket = await openTab(ana, chat);
  await connectCalendar(ana);
  await ask(socket, "Am I free tomorrow at 9?");
  await ask(socket, "Every day at 9 remind me to drink water");
  await ask(socket, "Weather in Paris");
  await ana.get("/auth/connect?connection=github&returnTo=/close");
  await socket.close();
  return chat;
}

function write(object: string, table: string, what: string, chat: string): void {
  const [file = ""] = databasesWith(deputy.worker.persistDir, table);
  const [version] = queryFile<{ value: string }>(file, "SELECT value FROM meta WHERE key = 'schema_version'");
  const sql = `-- The object "${object}" as schema version ${version?.value} wrote it: ${what}.\n${dump(file)}\n`;
  const fixture = sql
    .replaceAll(chat, "{{chat}}")
    .replaceAll(deputy.offline.issuer, "https://tenant.example/")
    // Sealed under the key of that day: nobody can open it again.
    .replace(/v1\.test1\.[\w.-]+/g, "sealed")
    .replace(/"(picture|nonce)":"[^"]*",/g, "")
    .replace(/"(next_run|nextRun|expires_at)":\d+/g, `"$1":${FUTURE}`);
  writeFileSync(new URL(`fixtures/${object}.v${version?.value}.sql`, import.meta.url), fixture);
}

function dump(file: string): string {
  const ours = "name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'";
  const made = queryFile<{ type: string; name: string; sql: string }>(
    file,
    `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND ${ours} ORDER BY type DESC, name`,
  );
  return made.flatMap(({ type, name, sql }) => [`${sql};`, ...(type === "table" ? rows(file, name) : [])]).join("\n");
}

function rows(file: string, table: string): string[] {
  const late = (row: Record<string, unknown>) => ({ ...row, ...("next_run" in row ? { next_run: FUTURE } : {}) });
  return queryFile<Record<string, unknown>>(file, `SELECT * FROM "${table}"`).map(
    (row) => `INSERT INTO "${table}" VALUES (${Object.values(late(row)).map(literal).join(", ")});`,
  );
}

function literal(value: unknown): string {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}
