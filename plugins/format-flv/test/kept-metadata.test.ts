import { testAudioTrack, testVideoTrack } from '@sluice/core/testing';
import { FlvBodyWriter, KeptMetadata } from '../src/index.js';

const video = { ...testVideoTrack(), codec: 'h264' };
const audio = { ...testAudioTrack(), codec: 'aac' };

it('is written once for the same tracks, and anew for others', () => {
  const writer = new FlvBodyWriter();
  const kept = new KeptMetadata(writer);
  const tracks = [video, audio];
  const first = kept.of(tracks);
  expect(first).toEqual(writer.metadata([video, audio]));
  expect(kept.of([video, audio])).toBe(first);
  tracks.pop();
  expect(kept.of(tracks)).toEqual(writer.metadata([video]));
  const wider = { ...video, info: { ...video.info, width: 64, height: 48 } };
  expect(kept.of([wider])).toEqual(writer.metadata([wider]));
  expect(kept.of([wider])).not.toEqual(writer.metadata([video]));
});
