/** What every error of Sluice carries beside its message. */
export interface SluiceErrorDetails {
  /** The plugin that raised it. */
  readonly plugin?: string;
  readonly cause?: unknown;
  /** An HTTP-like status that fits: protocols translate it to their own (404 not found, 409 conflict, 503 busy …). */
  readonly status?: number;
  /** Whether the connection it happened on must end. */
  readonly fatal?: boolean;
}

/** An error with a stable code (`ERR_…`). */
export class SluiceError extends Error {
  readonly code: string;
  readonly plugin: string | undefined;
  readonly status: number | undefined;
  readonly fatal: boolean;

  constructor(code: string, message: string, details: SluiceErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.plugin = details.plugin;
    this.status = details.status;
    this.fatal = details.fatal ?? false;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
