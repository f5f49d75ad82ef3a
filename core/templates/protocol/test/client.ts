import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Track } from '@sluice/core';
import { FrameQueue, type ProtocolPlayer, type ProtocolSource, type TestEngine } from '@sluice/core/testing';
import { parseFrame, serializeFrame } from '../src/map/frame.js';
import { parseTrack, serializeTrack } from '../src/map/track.js';
import { type Message, MessageType, serializeJson, serializeMessage } from '../src/proto/message.js';
import { MessageReader } from '../src/proto/message-reader.js';

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Connects to the plugin's port. */
export function dial(engine: TestEngine): Socket {
  const port = engine.addresses.find(({ plugin }) => plugin === '__name__')?.port ?? 0;
  return connect(port, '127.0.0.1');
}

/** Says hello; resolves once it is let in. `onMessage` gets what comes then. */
async function open(engine: TestEngine, hello: object, onMessage: (message: Message) => void): Promise<Socket> {
  const socket = dial(engine);
  const answered = new Promise<void>((resolve, reject) => {
    let greeted = false;
    const reader = new MessageReader(MAX_MESSAGE_BYTES, (message) => {
      if (greeted) onMessage(message);
      else if (message.type === MessageType.ok) resolve();
      else reject(new Error(message.body.toString()));
      greeted = true;
    });
    socket.on('data', (bytes) => reader.receive(bytes));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
  });
  socket.write(serializeJson(MessageType.hello, hello));
  await answered;
  return socket;
}

/** A publisher, for the suite. */
export async function publish(engine: TestEngine, path: string, tracks: readonly Track[]): Promise<ProtocolSource> {
  const socket = await open(engine, { action: 'publish', path }, () => {});
  const announced = new Map<number, Track>();
  const announce = (track: Track): void => {
    if (announced.get(track.id) !== track) socket.write(serializeTrack(track));
    announced.set(track.id, track);
  };
  for (const track of tracks) announce(track);
  return {
    write(frame) {
      announce(frame.track);
      socket.write(serializeFrame(frame));
    },
    async close() {
      if (socket.destroyed) return;
      socket.end(serializeMessage(MessageType.end));
      await once(socket, 'close');
    },
    cut: () => void socket.destroy(),
  };
}

/** A viewer, for the suite. */
export async function play(engine: TestEngine, path: string): Promise<ProtocolPlayer> {
  const frames = new FrameQueue();
  const tracks = new Map<number, Track>();
  const socket = await open(engine, { action: 'play', path }, ({ type, body }) => {
    if (type === MessageType.frame) frames.push(parseFrame(body, tracks));
    else if (type === MessageType.end) frames.end();
    else if (type === MessageType.track) {
      const track = parseTrack(body);
      tracks.set(track.id, track);
    }
  });
  socket.on('close', () => frames.end());
  return { frames, pause: () => void socket.pause(), resume: () => void socket.resume(), close: () => void socket.destroy() };
}
