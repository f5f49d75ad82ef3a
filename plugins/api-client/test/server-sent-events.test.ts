import { createEventReader } from '../src/server-sent-events.js';

const TEXT = ': hello\n\nid: 1\nevent: stream.closed\ndata: {"a":\ndata: 1}\n\nid:2\r\ndata:x\r\n\r\nevent: nothing\n\ndata: no id\r\r';
const EVENTS = [
  { id: '1', type: 'stream.closed', data: '{"a":\n1}' },
  { id: '2', type: 'message', data: 'x' },
  { id: undefined, type: 'message', data: 'no id' },
];

it('reads events', () => {
  expect(createEventReader()(TEXT)).toEqual(EVENTS);
});

it('reads them whatever they were cut into', () => {
  for (let cut = 0; cut <= TEXT.length; cut++) {
    const read = createEventReader();
    expect([...read(TEXT.slice(0, cut)), ...read(TEXT.slice(cut))]).toEqual(EVENTS);
  }
  const byOne = createEventReader();
  expect([...TEXT].flatMap((character) => byOne(character))).toEqual(EVENTS);
});

it('gives up on one that does not end', () => {
  const read = createEventReader();
  const piece = 'x'.repeat(1024 * 1024);
  expect(() => {
    for (let i = 0; i < 5; i++) read(piece);
  }).toThrow(RangeError);
});
