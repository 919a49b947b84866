import Database from "libsql";
import { Kysely, SqliteDialect, type LogEvent, type SqliteStatement } from "kysely";

import { migrate } from "./migrations.js";
import type { Tables } from "./tables.js";

/**
 * Opens (or makes) the database and brings it up to date. One connection; a transaction takes the write lock when it begins, so
 * that several processes on one file wait for each other instead of failing half way.
 */
export async function openDatabase(file: string, now: number, log?: (event: LogEvent) => void): Promise<Kysely<Tables>> {
  const database = new Database(file);
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000", "foreign_keys = ON"]) database.pragma(pragma);
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({
      database: {
        prepare: (text) => database.prepare(text === "begin" ? "begin immediate" : text) as unknown as SqliteStatement,
        close: () => void database.close(),
      },
    }),
    ...(log === undefined ? {} : { log }),
  });
  await migrate(db, now);
  return db;
}
