import { chmodSync, existsSync, renameSync } from 'node:fs';
import { messageOf } from '@sluice/core';

/** What may be bound to a parameter or read from a column. */
export type SqlValue = string | number | null;

/** A SQLite data base as far as it is used here: synchronous, so that what was written is there before an answer leaves. */
export interface SqliteFile {
  exec(sql: string): void;
  run(sql: string, ...parameters: SqlValue[]): void;
  all(sql: string, ...parameters: SqlValue[]): readonly Readonly<Record<string, SqlValue>>[];
  /** All or nothing; what it throws is thrown on. */
  transaction(run: () => void): void;
  close(): void;
}

/** How to open. */
export interface SqliteOptions {
  readonly file: string;
  /** Makes the tables of a new file. */
  readonly schema: string;
  /** `user_version` of the schema. A file of another version is not touched but moved aside. */
  readonly version: number;
  /** For names of files that are moved aside. */
  readonly wallMs: number;
  readonly warn: (message: string) => void;
}

/** Opens a file, or a new one where it is damaged or of another version: the old one is moved aside, with a warning. Rejects where SQLite itself or the folder cannot be used. */
export async function openSqlite(options: SqliteOptions): Promise<SqliteFile> {
  const { file, wallMs, warn } = options;
  try {
    return await openChecked(options);
  } catch (error) {
    if (!existsSync(file) || !isDamage(error)) throw error;
    const aside = `${file}.damaged-${new Date(wallMs).toISOString().replace(/[:.]/g, '-')}`;
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
    warn(`${file} cannot be used (${messageOf(error)}): it was moved to ${aside}, and a new one is begun`);
    return openChecked(options);
  }
}

class DamageError extends Error {}

function isDamage(error: unknown): boolean {
  // SQLITE_CORRUPT and SQLITE_NOTADB have no code of their own in every version of the binding.
  return error instanceof DamageError || /not a database|malformed|corrupt|disk image|encrypted/i.test(messageOf(error));
}

async function openChecked({ file, schema, version }: SqliteOptions): Promise<SqliteFile> {
  const db = await open(file);
  try {
    // A commit survives the death of the process; that of the machine may cost the newest ones.
    db.exec('PRAGMA busy_timeout = 250; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const found = Number(db.all('PRAGMA user_version')[0]?.user_version);
    if (found === 0) db.transaction(() => db.exec(`${schema}; PRAGMA user_version = ${version}`));
    else if (found !== version) throw new DamageError(`its version is ${found}, not ${version}`);
    const verdict = Object.values(db.all('PRAGMA quick_check(1)')[0] ?? {})[0];
    if (verdict !== 'ok') throw new DamageError(String(verdict));
    chmodSync(file, 0o600);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The one place that knows the binding (`node:sqlite` has the same form from Node 22 on). */
async function open(file: string): Promise<SqliteFile> {
  const { DatabaseSync } = await import('@photostructure/sqlite');
  const db = new DatabaseSync(file);
  const statements = new Map<string, ReturnType<typeof db.prepare>>();
  const prepared = (sql: string) => {
    const kept = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, kept);
    return kept;
  };
  const close = () => {
    statements.clear();
    try {
      // Statements live until they are collected, and with them the connection: without this the file would be left half in its log.
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // It is no data base, or somebody else is at it.
    }
    db.close();
  };
  return {
    exec: (sql) => db.exec(sql),
    run: (sql, ...parameters) => void prepared(sql).run(...parameters),
    all: (sql, ...parameters) => prepared(sql).all(...parameters),
    transaction(run) {
      db.exec('BEGIN IMMEDIATE');
      try {
        run();
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    close,
  };
}
