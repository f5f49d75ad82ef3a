import { Slab } from '@sluice/core';
import { Reassembler } from '../src/index.js';

it('keeps bodies apart that come in turn and share a slab', () => {
  const slab = new Slab();
  const lanes = [7, 9].map((fill) => ({ fill, body: new Reassembler(slab), whole: undefined as Buffer | undefined }));
  for (const { body } of lanes) body.begin(3000);
  for (let piece = 0; piece < 3; piece++) for (const lane of lanes) lane.whole = lane.body.add(Buffer.alloc(1000, lane.fill));
  for (const { fill, whole } of lanes) expect(whole).toEqual(Buffer.alloc(3000, fill));
  expect(lanes[0]?.whole?.buffer).toBe(lanes[1]?.whole?.buffer);
});
