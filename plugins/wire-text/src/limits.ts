/** Limits of a text message. */
export interface TextLimits {
  /** Most header lines, after unfolding. Default 100. */
  readonly maxHeaders: number;
  /** Longest header or start line in bytes, folded lines counted together. Default 8 KiB. */
  readonly maxHeaderBytes: number;
  /** Longest head in bytes. Default 64 KiB. */
  readonly maxHeadBytes: number;
  /** Longest message: head and body. Default 1 MiB. */
  readonly maxMessageBytes: number;
}

/** The limits used where the caller gives none. */
export const DEFAULT_TEXT_LIMITS: TextLimits = { maxHeaders: 100, maxHeaderBytes: 8 * 1024, maxHeadBytes: 64 * 1024, maxMessageBytes: 1024 * 1024 };

/** Fills in what the caller left out. */
export function textLimits(limits: Partial<TextLimits> = {}): TextLimits {
  return { ...DEFAULT_TEXT_LIMITS, ...limits };
}
