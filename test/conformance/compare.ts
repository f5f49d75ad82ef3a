import type { Packet, TrackUnits, Units } from './units.js';

/** FLV has milliseconds, and RTP's ticks and a film's are rounded to them. */
const TOLERANCE_MS = 2;

/** Sound may be off the pictures by so much, before anybody notices (ITU-R BT.1359: 45 ms early). */
const SYNC_MS = 40;

/** A second and a half. */
const LEAST_PICTURES = 38;
const LEAST_SOUND_MS = 1200;

export interface CompareOptions {
  /** Decoding times are the output's own, not what ffmpeg made up. */
  readonly hasDts: boolean;
}

/** Where each packet of `played` stands in the source: its time less the source's, in milliseconds. */
interface Placed {
  readonly mistakes: readonly string[];
  readonly offsetsMs: readonly number[];
}

/** The source's packet that holds a byte. */
function packetAt(track: TrackUnits, byte: number): Packet | undefined {
  let [low, high] = [0, track.packets.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const packet = track.packets[middle] as Packet;
    if (byte < packet.at) high = middle - 1;
    else if (byte >= packet.at + packet.size) low = middle + 1;
    else return packet;
  }
  return undefined;
}

/** Presentation time of a byte of the source: samples of a packet that was cut have times between. */
function timeAt(track: TrackUnits, byte: number, wholeUnits: boolean): number | undefined {
  const packet = packetAt(track, byte);
  if (packet === undefined) return undefined;
  if (wholeUnits) return packet.at === byte ? packet.ptsMs : undefined;
  // G.711: a byte is a sample.
  return packet.ptsMs + ((byte - packet.at) / Number(track.format)) * 1000;
}

function place(kind: 'video' | 'audio', source: TrackUnits, played: TrackUnits, hasDts: boolean): Placed {
  const failed = (mistake: string): Placed => ({ mistakes: [`${kind}: ${mistake}`], offsetsMs: [] });
  if (played.codec !== source.codec) return failed(`codec ${played.codec || 'none'}, not ${source.codec}`);
  if (played.format !== source.format) return failed(`${played.format}, not ${source.format}`);
  const last = played.packets.at(-1);
  if (last === undefined) return failed('no units');
  const begin = source.bytes.indexOf(played.bytes.subarray(0, last.at + last.size));
  if (begin < 0) return failed(firstDifference(source, played));
  // Senders cut G.711 as they like; all else comes in the units it was made of.
  const wholeUnits = !source.codec.startsWith('pcm');
  const expectedMs = played.packets.map(({ at }) => timeAt(source, begin + at, wholeUnits));
  if (expectedMs.includes(undefined)) return failed('units are cut otherwise than they were');
  const times = played.packets.map(({ ptsMs }, i) => ptsMs - (expectedMs[i] ?? 0));
  const settled = kind === 'video' && !hasDts ? times.slice(UNSETTLED) : times;
  return { mistakes: timeMistakes(kind, settled), offsetsMs: settled };
}

/** Says from which unit on the played bytes are not the source's. */
function firstDifference(source: TrackUnits, played: TrackUnits): string {
  let begin = -1;
  for (const [i, { at, size }] of played.packets.entries()) {
    const unit = played.bytes.subarray(at, at + size);
    if (i === 0) begin = source.bytes.indexOf(unit);
    const same = begin >= 0 && source.bytes.subarray(begin + at, begin + at + size).equals(unit);
    if (!same) return `unit ${i} of ${played.packets.length} is not the source's (${source.bytes.includes(unit) ? 'others are missing before it' : 'damaged'})`;
  }
  return 'not the bytes of the source';
}

/** RTP has no decoding times: ffmpeg makes them up, and moves or leaves out the times of the first units until it knows the order of the pictures. */
const UNSETTLED = 8;

function timeMistakes(kind: string, offsetsMs: readonly number[]): string[] {
  const reference = median(offsetsMs);
  const wrong = [...offsetsMs.keys()].filter((i) => !(Math.abs((offsetsMs[i] ?? 0) - reference) <= TOLERANCE_MS));
  const [first] = wrong;
  if (first === undefined) return [];
  const off = Math.round((offsetsMs[first] ?? 0) - reference);
  return [`${kind}: the times of ${wrong.length} of ${offsetsMs.length} units are off, that of unit ${first} by ${off} ms`];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function orderMistakes({ packets }: TrackUnits): string[] {
  const back = packets.findIndex(({ dtsMs }, i) => i > 0 && dtsMs <= (packets[i - 1] as Packet).dtsMs);
  const late = packets.findIndex(({ dtsMs, ptsMs }) => ptsMs < dtsMs);
  return [
    ...(back >= 0 ? [`video: unit ${back} is decoded no later than the one before`] : []),
    ...(late >= 0 ? [`video: unit ${late} is shown before it is decoded`] : []),
  ];
}

/** Holds what a player got against the film: the same units without a gap, with the same times between them, sound and pictures together. Empty where all is well. */
export function compare(source: Units, played: Units, { hasDts }: CompareOptions): string[] {
  const video = place('video', source.video, played.video, hasDts);
  const audio = place('audio', source.audio, played.audio, hasDts);
  const mistakes = [...video.mistakes, ...audio.mistakes, ...(hasDts ? orderMistakes(played.video) : [])];
  if (mistakes.length > 0) return mistakes;
  const { packets } = played.audio;
  const soundMs = (packets.at(-1)?.ptsMs ?? 0) - (packets[0]?.ptsMs ?? 0);
  if (played.video.packets.length < LEAST_PICTURES) return [`video: ${played.video.packets.length} pictures only`];
  if (soundMs < LEAST_SOUND_MS) return [`audio: ${soundMs} ms only`];
  const apart = median(audio.offsetsMs) - median(video.offsetsMs);
  return Math.abs(apart) > SYNC_MS ? [`sound is ${Math.round(apart)} ms behind the pictures`] : [];
}
