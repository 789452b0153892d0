import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The SQLite files of a stopped Worker's objects that have this table. */
export function databasesWith(persistDir: string, table: string): string[] {
  const files = readdirSync(persistDir, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sqlite"));
  return files.map((name) => join(persistDir, name)).filter((file) => has(file, table));
}

/** Rows of a table of every object that has it. */
export function rowsOf<T>(persistDir: string, table: string, query = `SELECT * FROM ${table}`): T[] {
  return databasesWith(persistDir, table).flatMap((file) => queryFile<T>(file, query));
}

/** Runs statements on one file. */
export function change(file: string, statements: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec(statements);
  } finally {
    database.close();
  }
}

export function queryFile<T>(file: string, query: string): T[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(query).all() as T[];
  } finally {
    database.close();
  }
}

function has(file: string, table: string): boolean {
  return queryFile<{ name: string }>(file, "SELECT name FROM sqlite_master WHERE type = 'table'").some(({ name }) => name === table);
}
