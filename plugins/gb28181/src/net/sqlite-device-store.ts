import { type Clock, messageOf } from '@sluice/core';
import { openSqlite, type SqliteFile } from '@sluice/plugin-sqlite';
import type { CatalogItem } from '../proto/catalog.js';
import { type DeviceRecord, type DeviceStore, type DialogRecord, MemoryDeviceStore } from './device-store.js';
import type { Log } from './log.js';
import { WriteQueue } from './write-queue.js';

const VERSION = 1;
// Records are JSON: their fields grow with the releases, and nothing here is looked up by them.
const SCHEMA = `
  CREATE TABLE devices (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE catalogs (device TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE channels (device TEXT NOT NULL, id TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (device, id)) WITHOUT ROWID;
  CREATE TABLE dialogs (call_id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID`;

const SAVE_DEVICE = 'INSERT OR REPLACE INTO devices VALUES (?, ?)';
const SAVE_CATALOG = 'INSERT OR REPLACE INTO catalogs VALUES (?)';
const SAVE_CHANNEL = 'INSERT OR REPLACE INTO channels VALUES (?, ?, ?)';
const DELETE_CHANNEL = 'DELETE FROM channels WHERE device = ? AND id = ?';
const SAVE_DIALOG = 'INSERT OR REPLACE INTO dialogs VALUES (?, ?)';
const DELETE_DIALOG = 'DELETE FROM dialogs WHERE call_id = ?';
const WARN_EVERY_MS = 60_000;

/** How to open a store. */
export interface SqliteStoreOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells the operator. */
  readonly warn: (message: string) => void;
}

/** Opens the store and reads what it has. Where SQLite cannot be used it is one in memory, with a warning. */
export async function openDeviceStore(options: SqliteStoreOptions): Promise<DeviceStore> {
  const { file, clock, warn } = options;
  try {
    const db = await openSqlite({ file, schema: SCHEMA, version: VERSION, wallMs: clock.wallMs(), warn });
    return new SqliteDeviceStore(db, options);
  } catch (error) {
    warn(`devices are kept in memory only, ${file} cannot be opened: ${messageOf(error)}`);
    return new MemoryDeviceStore();
  }
}

/** A store in a file: all of it is in memory too, so that nothing is read but at the start. */
class SqliteDeviceStore implements DeviceStore {
  readonly #memory = new MemoryDeviceStore();
  readonly #db: SqliteFile;
  readonly #options: SqliteStoreOptions;
  readonly #queue: WriteQueue;
  #warnedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(db: SqliteFile, options: SqliteStoreOptions) {
    this.#db = db;
    this.#options = options;
    this.#queue = new WriteQueue(db, options.clock, (error) => this.#failed(error));
    this.#load();
  }

  get size(): number {
    return this.#memory.size;
  }

  device(id: string): DeviceRecord | undefined {
    return this.#memory.device(id);
  }

  devices(): readonly DeviceRecord[] {
    return this.#memory.devices();
  }

  saveDevice(record: DeviceRecord): void {
    this.#memory.saveDevice(record);
    this.#queue.drop(`device ${record.id}`);
    this.#write(SAVE_DEVICE, record.id, JSON.stringify(record));
  }

  noteDevice(record: DeviceRecord): void {
    this.#memory.saveDevice(record);
    if (!this.#closed) this.#queue.add(`device ${record.id}`, { sql: SAVE_DEVICE, parameters: [record.id, JSON.stringify(record)] });
  }

  catalog(deviceId: string): ReadonlyMap<string, CatalogItem> | undefined {
    return this.#memory.catalog(deviceId);
  }

  saveCatalog(deviceId: string, items: ReadonlyMap<string, CatalogItem>): void {
    const before = this.#memory.catalog(deviceId) ?? new Map<string, CatalogItem>();
    this.#memory.saveCatalog(deviceId, items);
    if (this.#closed) return;
    const later = (id: string, sql: string, ...more: string[]) => this.#queue.add(`channel ${deviceId} ${id}`, { sql, parameters: [deviceId, id, ...more] });
    // Catalogs come with every registration and hardly change.
    for (const id of before.keys()) if (!items.has(id)) later(id, DELETE_CHANNEL);
    for (const [id, item] of items) {
      const text = JSON.stringify(item);
      if (JSON.stringify(before.get(id)) !== text) later(id, SAVE_CHANNEL, text);
    }
    // Last, so that half a catalog does not count as one.
    this.#queue.add(`catalog ${deviceId}`, { sql: SAVE_CATALOG, parameters: [deviceId] });
  }

  owners(channelId: string): readonly string[] {
    return this.#memory.owners(channelId);
  }

  dialogs(): readonly DialogRecord[] {
    return this.#memory.dialogs();
  }

  saveDialog(record: DialogRecord): void {
    this.#memory.saveDialog(record);
    this.#write(SAVE_DIALOG, record.dialog.callId, JSON.stringify(record));
  }

  deleteDialog(callId: string): void {
    this.#memory.deleteDialog(callId);
    this.#write(DELETE_DIALOG, callId);
  }

  close(): void {
    if (this.#closed) return;
    this.#queue.flush();
    this.#closed = true;
    this.#db.close();
  }

  #write(sql: string, ...parameters: string[]): void {
    if (this.#closed) return;
    try {
      this.#db.run(sql, ...parameters);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const now = this.#options.clock.now();
    if (now - this.#warnedAtMs < WARN_EVERY_MS) return;
    this.#warnedAtMs = now;
    this.#options.log.warn({ file: this.#options.file, error: messageOf(error) }, 'devices cannot be written; they are kept in memory');
  }

  #load(): void {
    const blank = { name: '', manufacturer: '', model: '', firmware: '', registeredAtMs: 0, keepaliveAtMs: 0, gbVer: '', expiresAtMs: 0, grantedMs: 0 };
    const db = this.#db;
    for (const { record } of db.all('SELECT record FROM devices')) this.#read<DeviceRecord>(record, (found) => this.#memory.saveDevice({ ...blank, ...found }));
    const catalogs = new Map(db.all('SELECT device FROM catalogs').map(({ device }) => [String(device), new Map<string, CatalogItem>()]));
    for (const { device, id, item } of db.all('SELECT device, id, item FROM channels'))
      this.#read<CatalogItem>(item, (found) => catalogs.get(String(device))?.set(String(id), found));
    for (const [device, items] of catalogs) this.#memory.saveCatalog(device, items);
    for (const { record } of db.all('SELECT record FROM dialogs')) this.#read<DialogRecord>(record, (found) => this.#memory.saveDialog(found));
  }

  /** One row that cannot be read costs that row. */
  #read<T>(text: unknown, use: (found: T) => void): void {
    try {
      use(JSON.parse(String(text)));
    } catch (error) {
      this.#failed(error);
    }
  }
}
