import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeptRequest, KeptRequests } from '../src/net/kept-requests.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-relay-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request = (id: string): KeptRequest => ({ kind: 'pull', id, path: `live/${id}`, url: 'rtmp://192.0.2.7/a/b' });
const onDisk = (): string[] => new KeptRequests(join(folder, 'relay.json')).all.map(({ id }) => id);

it('is on the disk when it says so, however many ask at once', async () => {
  const kept = new KeptRequests(join(folder, 'relay.json'));
  const ids = Array.from({ length: 50 }, (_, index) => `p${index}`);
  await Promise.all(ids.map((id) => kept.add(request(id)).then(() => expect(onDisk()).toContain(id))));
  await Promise.all(ids.slice(1).map((id) => kept.delete(id).then(() => expect(onDisk()).not.toContain(id))));
  expect(onDisk()).toEqual(['p0']);
});

it('lets nobody wait for the disk: the event loop goes round while it writes', async () => {
  const kept = new KeptRequests(join(folder, 'relay.json'));
  let written = false;
  const adding = kept.add(request('a')).then(() => {
    written = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBe(false);
  await adding;
  expect(JSON.parse(readFileSync(join(folder, 'relay.json'), 'utf8'))).toMatchObject({ requests: [{ id: 'a' }] });
});

it('tells everybody who asked that it could not be written, and keeps none of it', async () => {
  const kept = new KeptRequests(join(folder, 'relay.json'));
  await kept.add(request('a'));
  rmSync(folder, { recursive: true });
  const all = await Promise.allSettled([kept.add(request('b')), kept.add(request('c'))]);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(kept.all.map(({ id }) => id)).toEqual(['a']);
  await expect(kept.delete('a')).rejects.toThrow('relay.json');
});
