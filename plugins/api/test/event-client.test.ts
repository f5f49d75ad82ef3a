import { Writable } from 'node:stream';
import { EventClient } from '../src/net/event-client.js';
import { EventHistory } from '../src/proto/event-history.js';

/** A connection that takes so many bytes until it is told to go on. */
function connection(highWaterMark: number) {
  let text = '';
  let go: (() => void) | undefined;
  const writable = new Writable({
    highWaterMark,
    decodeStrings: false,
    defaultEncoding: 'utf8',
    write: (piece: string, _, done) => {
      text += piece;
      go = done;
    },
  });
  const drain = async (): Promise<void> => {
    while (go !== undefined) {
      const next = go;
      go = undefined;
      next();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { writable, drain, ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)) };
}
const event = (id: number) => ({ id: String(id), type: id % 2 === 0 ? 'a.even' : 'a.odd', data: {} }) as never;
const all = () => true;

it('gives a slow client what it missed when it has taken what it was given', async () => {
  const history = new EventHistory(100);
  const { writable, drain, ids } = connection(200);
  const client = new EventClient(writable, history, all, 0);
  for (let id = 0; id < 50; id++) {
    history.add(event(id));
    client.send();
  }
  expect(writable.writableLength).toBeLessThan(400);
  await drain();
  expect(ids()).toEqual(Array.from({ length: 50 }, (_, id) => id));
});

it('cuts a client that is behind further than the history reaches', async () => {
  const history = new EventHistory(10);
  const { writable, drain, ids } = connection(200);
  const client = new EventClient(writable, history, all, 0);
  for (let id = 0; id < 50; id++) {
    history.add(event(id));
    client.send();
  }
  expect(writable.destroyed).toBe(false);
  await drain();
  expect(writable.destroyed).toBe(true);
  // In order and without a gap until then.
  expect(ids()).toEqual(ids().map((_, id) => id));
});

it('cuts a client that takes nothing for a while, and no other', async () => {
  const history = new EventHistory(100);
  const [gone, there] = [connection(200), connection(200)];
  const clients = [gone, there].map(({ writable }) => new EventClient(writable, history, all, 0));
  for (let id = 0; id < 10; id++) history.add(event(id));
  for (let tick = 0; tick < 6; tick++) {
    for (const client of clients) {
      client.send();
      client.tick(4);
    }
    await there.drain();
  }
  expect([gone.writable.destroyed, there.writable.destroyed]).toEqual([true, false]);
});

it('sends what is wanted', async () => {
  const history = new EventHistory(100);
  const { writable, drain, ids } = connection(1000);
  for (let id = 0; id < 6; id++) history.add(event(id));
  new EventClient(writable, history, (type) => type === 'a.odd', 2).send();
  await drain();
  expect(ids()).toEqual([3, 5]);
});
