/** What a playback is told (GB/T 28181-2016 annex B). */
export type PlaybackOrder =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** From the start of the recording. */
  | { readonly kind: 'seek'; readonly positionSeconds: number }
  /** Negative plays backwards (2022). */
  | { readonly kind: 'speed'; readonly factor: number };

/** First line of a peer's edition. */
export type PlaybackVersion = 'MANSRTSP/1.0' | 'RTSP/1.0';

function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(Math.round(value * 1e6) / 1e6);
}

function lines(order: PlaybackOrder): readonly [method: string, ...fields: string[]] {
  switch (order.kind) {
    case 'pause':
      return ['PAUSE', 'PauseTime: now'];
    // No Scale: some devices take both together for a new start.
    case 'resume':
      return ['PLAY', 'Range: npt=now-'];
    case 'seek':
      return ['PLAY', `Range: npt=${Math.round(order.positionSeconds * 1000) / 1000}-`];
    case 'speed':
      return ['PLAY', `Scale: ${decimal(order.factor)}`];
  }
}

/** Body of an INFO. `cseq` counts the bodies of a dialog by themselves. */
export function buildMansrtsp(order: PlaybackOrder, cseq: number, version: PlaybackVersion): string {
  const [method, ...fields] = lines(order);
  return [`${method} ${version}`, `CSeq: ${cseq}`, ...fields, '', ''].join('\r\n');
}

/** Status of an answer's body; undefined where there is none, as most devices do. */
export function mansrtspStatus(body: string): number | undefined {
  const digits = /^\s{0,16}(?:MANS)?RTSP\/1\.\d\s{1,4}(\d{3})\b/i.exec(body)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
