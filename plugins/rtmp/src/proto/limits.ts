/** What a peer may send. Sizes in bytes. */
export interface RtmpLimits {
  readonly chunkBytes: number;
  readonly messageBytes: number;
  readonly commandBytes: number;
  readonly chunkStreams: number;
  readonly pendingBytes: number;
}

/** The limits where nothing else is said. */
export const defaultRtmpLimits: RtmpLimits = {
  chunkBytes: 1 << 20,
  messageBytes: 10 << 20,
  commandBytes: 1 << 16,
  chunkStreams: 32,
  pendingBytes: 16 << 20,
};
