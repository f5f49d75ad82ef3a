const OFFSET_MS = 8 * 3600 * 1000;

/** `YYYY-MM-DDTHH:mm:ss.SSS` in Beijing time without a zone: the Date header devices set their clocks by (GB/T 28181-2016 9.10). */
export function beijingTime(wallMs: number): string {
  return new Date(wallMs + OFFSET_MS).toISOString().slice(0, 23);
}
