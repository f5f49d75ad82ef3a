import { openSqlite, type SqliteFile, type SqlValue } from '@sluice/plugin-sqlite';
import type { DeadLetter, Letter } from './letter.js';

const VERSION = 1;
// Rows are numbered as the events came: their order is that of the events, across restarts too.
const SCHEMA = `
  CREATE TABLE letters (
    row INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, lane TEXT NOT NULL, at INTEGER NOT NULL,
    expendable INTEGER NOT NULL, body TEXT NOT NULL, bytes INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, dead_at INTEGER, reason TEXT);
  CREATE TABLE counters (name TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL);
  CREATE INDEX dead ON letters (dead_at, row) WHERE dead_at IS NOT NULL`;

const ADD = 'INSERT INTO letters (hook, id, type, lane, at, expendable, body, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING row';
const WAITING = 'SELECT row, hook, id, type, lane, at, expendable, bytes, tries FROM letters WHERE dead_at IS NULL ORDER BY row';
const BODY = 'SELECT body FROM letters WHERE row = ?';
const TRIED = 'UPDATE letters SET tries = ? WHERE row = ?';
const DELETE = 'DELETE FROM letters WHERE row = ?';
const BURY = 'UPDATE letters SET dead_at = ?, reason = ?, tries = ? WHERE row = ?';
const REVIVE = 'UPDATE letters SET dead_at = NULL, reason = NULL, tries = 0 WHERE row = ?';
const DEAD = 'SELECT * FROM letters WHERE dead_at IS NOT NULL AND row > ? ORDER BY row LIMIT ?';
const ONE_DEAD = 'SELECT * FROM letters WHERE dead_at IS NOT NULL AND row = ?';
const COUNT_DEAD = 'SELECT hook, COUNT(*) AS n FROM letters WHERE dead_at IS NOT NULL GROUP BY hook';
const FORGET = 'DELETE FROM letters WHERE row IN (SELECT row FROM letters WHERE dead_at IS NOT NULL ORDER BY dead_at, row LIMIT ?)';
const COUNT = 'INSERT OR REPLACE INTO counters (name, seq) VALUES (?, ?)';
const LAST = 'SELECT seq FROM counters WHERE name = ?';
// A replaced row has a new rowid: the smallest are those of the longest silence.
const FORGET_COUNTERS = 'DELETE FROM counters WHERE rowid <= (SELECT MAX(rowid) FROM counters) - ?';
/** Paths come from outside. */
const MAX_COUNTERS = 100_000;

type Row = Readonly<Record<string, SqlValue>>;

/** Letters on disk: what is waiting, and dead letters. What it cannot do it throws. */
export class Spool {
  readonly #db: SqliteFile;

  constructor(db: SqliteFile) {
    this.#db = db;
    db.run(FORGET_COUNTERS, MAX_COUNTERS);
  }

  /** Opens the file. Rejects where SQLite or the folder cannot be used. */
  static async open(file: string, wallMs: number, warn: (message: string) => void): Promise<Spool> {
    return new Spool(await openSqlite({ file, schema: SCHEMA, version: VERSION, wallMs, warn }));
  }

  /** What waits, oldest first. */
  waiting(): Letter[] {
    return this.#db.all(WAITING).map((row) => ({
      row: Number(row.row),
      hook: String(row.hook),
      id: String(row.id),
      type: String(row.type),
      lane: String(row.lane),
      atMs: Number(row.at),
      expendable: row.expendable === 1,
      bytes: Number(row.bytes),
      failures: Number(row.tries),
      body: undefined,
    }));
  }

  /** The last `seq` of a counter that was written. */
  lastSeq(counter: string): number | undefined {
    const seq = this.#db.all(LAST, counter)[0]?.seq;
    return seq === undefined ? undefined : Number(seq);
  }

  /** Writes letters and how far events are counted, all or none; bodies are on disk then and not in memory any more. */
  add(letters: readonly Letter[], counters: ReadonlyMap<string, number> = new Map()): void {
    const rows: number[] = [];
    this.#db.transaction(() => {
      for (const { hook, id, type, lane, atMs, expendable, body = '', bytes } of letters) {
        rows.push(Number(this.#db.all(ADD, hook, id, type, lane, atMs, expendable === true ? 1 : 0, body, bytes)[0]?.row));
      }
      for (const [name, seq] of counters) this.#db.run(COUNT, name, seq);
    });
    for (const [at, letter] of letters.entries()) {
      letter.row = rows[at];
      letter.body = undefined;
    }
  }

  body(row: number): string | undefined {
    const body = this.#db.all(BODY, row)[0]?.body;
    return typeof body === 'string' ? body : undefined;
  }

  tried(row: number, tries: number): void {
    this.#db.run(TRIED, tries, row);
  }

  delete(row: number): void {
    this.#db.run(DELETE, row);
  }

  /** Makes it a dead letter. */
  bury(row: number, dead: Pick<DeadLetter, 'deadAtMs' | 'reason' | 'tries'>): void {
    this.#db.run(BURY, dead.deadAtMs, dead.reason, dead.tries, row);
  }

  revive(row: number): void {
    this.#db.run(REVIVE, row);
  }

  /** Dead letters behind `afterRow`, oldest first. */
  dead(afterRow: number, limit: number): DeadLetter[] {
    return this.#db.all(DEAD, afterRow, limit).map(deadLetter);
  }

  deadLetter(row: number): DeadLetter | undefined {
    const found = this.#db.all(ONE_DEAD, row)[0];
    return found === undefined ? undefined : deadLetter(found);
  }

  /** How many there are, by receiver. */
  countDead(): Map<string, number> {
    return new Map(this.#db.all(COUNT_DEAD).map(({ hook, n }) => [String(hook), Number(n)]));
  }

  /** Deletes the oldest dead letters. */
  forget(count: number): void {
    this.#db.run(FORGET, count);
  }

  close(): void {
    this.#db.close();
  }
}

function deadLetter(row: Row): DeadLetter {
  return {
    row: Number(row.row),
    hook: String(row.hook),
    id: String(row.id),
    type: String(row.type),
    lane: String(row.lane),
    atMs: Number(row.at),
    tries: Number(row.tries),
    reason: String(row.reason),
    deadAtMs: Number(row.dead_at),
    body: String(row.body),
  };
}
