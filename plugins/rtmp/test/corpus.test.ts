import { SluiceError } from '@sluice/core';
import { FlvTagParser } from '@sluice/plugin-format-flv';
import fc from 'fast-check';
import { RtmpType, serializeMessage } from '../src/index.js';
import { cases, command, haveCorpus, Recorder, readMessages, simpleHandshake } from './support.js';

const opening = Buffer.concat([simpleHandshake, command('connect', 1, { app: 'live' }), command('publish', 2, null, 'a')]);

/** Feeds bytes to a session whose media goes through the tag parser. Only SluiceErrors may come out. */
function survive(bytes: Buffer, step: number): void {
  const recorder = new Recorder();
  const parser = new FlvTagParser({ onMetadata: () => {} });
  try {
    recorder.feed(bytes, step);
    for (const event of recorder.events) {
      if (Array.isArray(event) && event[0] === 'media') parser.receive(event[1], event[2], Buffer.from(event[3], 'hex'));
    }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
  }
}

const chunked = ['fuzz-chunks', 'chunks', 'messages', 'srs-stack'].flatMap((folder) => cases(`rtmp/${folder}`));
const bodies = ['amf0', 'amf0-captures', 'fuzz-amf0'].flatMap((folder) => cases(`rtmp/${folder}`));
const raw = cases('rtmp/handshake');
const there = haveCorpus ? it : it.skip;

describe('corpus', () => {
  there('survives chunks and messages after the handshake, in any pieces', () => {
    expect(chunked.length).toBeGreaterThan(60);
    for (const [, bytes] of chunked) {
      for (const step of [1, 3, 4096]) {
        survive(Buffer.concat([simpleHandshake, bytes]), step);
        survive(Buffer.concat([opening, bytes]), step);
      }
    }
  });

  there('survives message bodies as commands and as data', () => {
    for (const [, bytes] of bodies) {
      for (const type of [RtmpType.command, RtmpType.commandAmf3, RtmpType.data, RtmpType.dataAmf3]) {
        survive(Buffer.concat([opening, serializeMessage(3, type, 1, 0, bytes, 128)]), 1000);
      }
    }
  });

  there('survives raw bytes from the start', () => {
    for (const [, bytes] of raw) survive(bytes, 777);
  });

  const whole = new Set([
    'video.bin',
    'video_ex_coded_frames.bin',
    'video_ex_frames_x.bin',
    'audio_mpeg1.bin',
    'type_31.bin',
    'abort_message.bin',
    'command_amf0.bin',
  ]);
  there.each(cases('rtmp/messages').filter(([name]) => whole.has(name)))('reads the whole message %s', (_name, bytes) => {
    expect(readMessages(bytes).length).toBe(1);
  });
});

describe('mutations', () => {
  it('end in a SluiceError or in nothing', () => {
    const good = Buffer.concat([opening, ...[0, 40, 80].map((ms) => serializeMessage(6, RtmpType.video, 1, ms, Buffer.alloc(400, ms), 128))]);
    const change = fc.tuple(fc.integer({ min: 3073, max: good.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 2000 }), (changes, step) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        survive(bytes, step);
      }),
      { numRuns: 400, seed: 2 },
    );
  });
});
