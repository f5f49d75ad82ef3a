import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '@sluice/core';
import { parseJpeg } from '../src/index.js';
import { picture } from './pictures.js';

/** Reads it; answers whether there was a header. Throws where it fails otherwise than it may. */
function isRead(bytes: Buffer): boolean {
  try {
    parseJpeg(bytes);
    return true;
  } catch (error) {
    assert.ok(error instanceof SluiceError && error.code === 'ERR___NAME___SYNTAX', String(error));
    return false;
  }
}

test('finds the size', () => {
  assert.deepEqual(parseJpeg(picture(640, 360)), { width: 640, height: 360, precision: 8 });
});

test('passes over fill bytes before a marker', () => {
  const bytes = picture(64, 48);
  const filled = Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xff]), bytes.subarray(2)]);
  assert.equal(parseJpeg(filled).width, 64);
});

test('refuses what breaks off, wherever it does', () => {
  const bytes = picture(640, 360);
  const readable = Array.from({ length: bytes.length }, (_, length) => isRead(bytes.subarray(0, length)));
  assert.equal(readable[0], false);
  // Once there is a header, what comes after it does not matter.
  assert.deepEqual(readable, [...readable].sort());
});

test('survives any byte being any other', () => {
  const bytes = picture(640, 360);
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0x00, 0x01, 0x7f, 0xc4, 0xda, 0xff]) {
      const changed = Buffer.from(bytes);
      changed[at] = value;
      isRead(changed);
    }
  }
});
