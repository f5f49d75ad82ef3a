import type { WireForm } from '../stream/wire-form.js';

/** The simplest wire form: a header `H` with the track count, then each unit as it is; `C` and the track's id where a track changes. */
export const testForm: WireForm = {
  name: 'test',
  accepts: (track) => track.kind !== 'data',
  createMuxer: () => ({
    header: (tracks) => Buffer.from([0x48, tracks.length]),
    changed: (track, _dts, out) => out.append(Buffer.from([0x43, track.id])),
    mux: (frame, out) => out.append(frame.units.length === 1 ? (frame.units[0] as Buffer) : Buffer.concat(frame.units)),
  }),
};
