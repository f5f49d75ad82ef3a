import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startTestEngine, TestCamera, testPictures, testSound } from '@sluice/core/testing';
import plugin from '../src/index.js';
import { parseFrame, serializeFrame } from '../src/map/frame.js';
import { parseTrack, serializeTrack } from '../src/map/track.js';
import { HEAD_BYTES, type Message, MessageType, serializeJson, serializeMessage } from '../src/proto/message.js';
import { MessageReader } from '../src/proto/message-reader.js';
import { dial } from './client.js';

const camera = new TestCamera({ materials: [testPictures, testSound] });

test('what is written is what is read', () => {
  const tracks = new Map(camera.tracks.map((track) => [track.id, track]));
  for (const track of camera.tracks) assert.deepEqual(parseTrack(serializeTrack(track).subarray(HEAD_BYTES)), track);
  for (let i = 0; i < 20; i++) {
    const frame = camera.next();
    assert.deepEqual(parseFrame(serializeFrame(frame).subarray(HEAD_BYTES), tracks), frame);
  }
});

test('messages are found wherever the stream is cut', () => {
  const messages = [
    serializeMessage(MessageType.ok),
    serializeJson(MessageType.error, { code: 'x' }),
    serializeMessage(MessageType.frame, Buffer.alloc(300, 7)),
  ];
  const bytes = Buffer.concat(messages);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const got: Message[] = [];
    const reader = new MessageReader(1024, (message) => void got.push(message));
    reader.receive(bytes.subarray(0, cut));
    reader.receive(bytes.subarray(cut));
    assert.deepEqual(
      got.map(({ type, body }) => serializeMessage(type, body)),
      messages,
    );
  }
});

test('what cannot be is refused', () => {
  assert.throws(() => new MessageReader(1024, () => {}).receive(Buffer.alloc(16, 0xff)), { code: 'ERR___NAME___TOO_LARGE' });
  assert.throws(() => parseTrack(Buffer.from('{}')), { code: 'ERR___NAME___MESSAGE' });
  assert.throws(() => parseFrame(Buffer.alloc(20), new Map()), { code: 'ERR___NAME___MESSAGE' });
});

test('a peer that sends nonsense ends its own connection, and no other', async () => {
  const engine = await startTestEngine({ plugins: [plugin], config: { [plugin.name]: { port: 0 } } });
  try {
    const socket = dial(engine);
    const chunks: Buffer[] = [];
    socket.on('data', (bytes) => void chunks.push(bytes));
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    assert.match(Buffer.concat(chunks).toString('latin1'), /ERR___NAME___TOO_LARGE/);
    assert.deepEqual(
      engine.info.errors().map(({ plugin: name, kind }) => [name, kind]),
      [['__name__', 'ERR___NAME___TOO_LARGE']],
    );
  } finally {
    await engine.dispose();
  }
});
