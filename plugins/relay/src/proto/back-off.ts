/** How long to wait between tries. */
export interface BackOffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The wait before try `attempt + 1`, in milliseconds: doubled each time, half of it by chance (`random` 0 up to 1), so that many do not come at once. */
export function backOffMs(attempt: number, { firstMs, maxMs }: BackOffOptions, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  return Math.round(full * (0.5 + random / 2));
}
