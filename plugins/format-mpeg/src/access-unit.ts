/** One access unit of an elementary stream. */
export interface AccessUnit {
  /** stream_id of its PES packets; in a transport stream, their PID. */
  readonly streamId: number;
  readonly kind: 'video' | 'audio';
  /** Codec by stream type and by what the data shows. */
  readonly codec: string;
  /** NAL units of a picture (H.264, H.265), else the data in one piece. Views of one buffer. */
  readonly units: readonly Buffer[];
  /** 90 kHz, unwrapped. */
  readonly pts: number;
  /** 90 kHz, unwrapped. */
  readonly dts: number;
}

/** Where access units go. */
export type AccessUnitSink = (unit: AccessUnit) => void;
