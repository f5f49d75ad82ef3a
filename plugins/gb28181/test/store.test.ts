import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { FakeClock } from '@sluice/core/testing';
import type { DeviceRecord, DeviceStore, DialogRecord } from '../src/net/device-store.js';
import { openDeviceStore } from '../src/net/sqlite-device-store.js';
import type { CatalogItem } from '../src/proto/catalog.js';

let folder: string;
let file: string;
let clock: FakeClock;
let warnings: string[];
let logged: unknown[];
const stores: DeviceStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gb28181-store-'));
  file = join(folder, 'gb28181.sqlite');
  clock = new FakeClock();
  warnings = [];
  logged = [];
});
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<DeviceStore> {
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: (...args: unknown[]) => void logged.push(args) };
  const store = await openDeviceStore({ file, clock, log, warn: (text) => void warnings.push(text) });
  stores.push(store);
  return store;
}

const device = (id: string, changes: Partial<DeviceRecord> = {}): DeviceRecord => ({
  id,
  name: '门口',
  manufacturer: '',
  model: '',
  firmware: '',
  transport: 'udp',
  remote: '192.0.2.1:5060',
  registeredAtMs: 1,
  keepaliveAtMs: 2,
  gbVer: '3.0',
  expiresAtMs: 3,
  grantedMs: 4,
  ...changes,
});
const item = (id: string, name = 'c') => ({ id, name, online: true }) as CatalogItem;
const items = (...ids: string[]) => new Map(ids.map((id) => [id, item(id)]));
const dialog: DialogRecord = {
  deviceId: 'a',
  channelId: 'c',
  path: 'gb/c',
  savedAtMs: 5,
  dialog: {
    callId: 'x',
    from: 'f',
    to: 't',
    uri: 'u',
    routes: ['r'],
    cseq: 1,
    peer: { transport: 'udp', address: '192.0.2.1', port: 5060 },
    sentBy: 's',
    contact: 'c',
  },
};

it('finds devices and dialogs as they were when it returned, though it was never closed', async () => {
  const store = await open();
  store.saveDevice(device('a'));
  store.saveDevice(device('b'));
  store.saveDevice(device('b', { name: 'later' }));
  store.saveDialog(dialog);
  store.saveDialog({ ...dialog, dialog: { ...dialog.dialog, callId: 'y' } });
  store.deleteDialog('y');
  // The first one lives on: as after kill -9.
  const again = await open();
  expect(again.devices()).toEqual([device('a'), device('b', { name: 'later' })]);
  expect(again.size).toBe(2);
  expect(again.dialogs()).toEqual([dialog]);
  expect(warnings).toEqual([]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('writes keepalives and catalogs soon, a bounded number at a time', async () => {
  const store = await open();
  store.saveDevice(device('a'));
  store.noteDevice(device('a', { keepaliveAtMs: 99 }));
  const many = Array.from({ length: 1200 }, (_, index) => `channel-${index}`);
  store.saveCatalog('a', items(...many));
  expect((await open()).device('a')?.keepaliveAtMs).toBe(2);
  clock.advance(1000);
  const half = await open();
  expect(half.device('a')?.keepaliveAtMs).toBe(99);
  // Not half a catalog.
  expect(half.catalog('a')).toBeUndefined();
  clock.advance(100);
  const whole = await open();
  expect(whole.catalog('a')?.size).toBe(1200);
  expect(whole.owners('channel-7')).toEqual(['a']);
  store.saveCatalog('a', new Map([['channel-1', item('channel-1', 'renamed')]]));
  store.close();
  expect([...((await open()).catalog('a')?.values() ?? [])]).toEqual([item('channel-1', 'renamed')]);
});

it('keeps an empty catalog, which is not the same as none', async () => {
  const store = await open();
  store.saveCatalog('a', new Map());
  store.close();
  const again = await open();
  expect(again.catalog('a')?.size).toBe(0);
  expect(again.catalog('b')).toBeUndefined();
});

it.each([
  ['no data base', () => Buffer.alloc(20_000, 7)],
  [
    'damaged inside',
    () => {
      const bytes = readFileSync(file);
      // Every page but the first, which has the schema.
      return Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0x5a)]);
    },
  ],
])('moves a file aside that is %s, with a warning, and begins a new one', async (_name, damage) => {
  const before = await open();
  for (let index = 0; index < 200; index++) before.saveDevice(device(`device-${index}`));
  before.close();
  const bytes = damage();
  writeFileSync(file, bytes);
  const store = await open();
  expect(store.devices()).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('cannot be used')]);
  const aside = readdirSync(folder).find((name) => /\.damaged-.*Z$/.test(name));
  expect(readFileSync(join(folder, aside ?? '')).equals(bytes)).toBe(true);
  store.saveDevice(device('a'));
  store.close();
  expect((await open()).devices()).toEqual([device('a')]);
});

it('does not touch a file of another version', async () => {
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE future (x); PRAGMA user_version = 99');
  other.close();
  await open();
  expect(warnings).toEqual([expect.stringContaining('its version is 99')]);
  expect(readdirSync(folder).filter((name) => /\.damaged-.*Z$/.test(name))).toHaveLength(1);
});

it('loses a row that cannot be read, and no other', async () => {
  const store = await open();
  store.saveDevice(device('a'));
  store.saveDevice(device('b'));
  store.close();
  const db = new DatabaseSync(file);
  db.exec(`UPDATE devices SET record = '{' WHERE id = 'a'`);
  db.close();
  expect((await open()).devices()).toEqual([device('b')]);
});

it('goes on in memory where it cannot be opened, and where it cannot be written', async () => {
  file = join(folder, 'no/such/folder/gb28181.sqlite');
  const inMemory = await open();
  expect(warnings).toEqual([expect.stringContaining('kept in memory only')]);
  inMemory.saveDevice(device('a'));
  expect(inMemory.device('a')).toEqual(device('a'));
  expect(existsSync(file)).toBe(false);

  file = join(folder, 'gb28181.sqlite');
  const store = await open();
  const lock = new DatabaseSync(file);
  lock.exec('BEGIN EXCLUSIVE');
  store.saveDevice(device('a'));
  store.noteDevice(device('b'));
  clock.advance(1000);
  expect(store.size).toBe(2);
  // Once a minute.
  expect(logged).toHaveLength(1);
  lock.exec('ROLLBACK');
  lock.close();
  store.saveDevice(device('a'));
  store.close();
  store.saveDevice(device('c'));
  store.noteDevice(device('c'));
  store.saveDialog(dialog);
  expect((await open()).devices()).toEqual([device('a')]);
});
