import { SluiceError } from '../error.js';
import type { Grant } from './access.js';
import { type CloseReason, closeReason } from './close-reason.js';
import type { Stream } from './stream.js';

/** That somebody may do what was asked: at which path, and for how long. */
export interface Admission {
  readonly path: string;
  readonly grant?: Grant;
  /** Monotonic milliseconds. */
  readonly untilMs: number;
}

/** An admission of now. */
export function admit(path: string, grant: Grant | undefined, nowMs: number): Admission {
  return { path, untilMs: nowMs + (grant?.lastsMs ?? Number.POSITIVE_INFINITY), ...(grant === undefined ? {} : { grant }) };
}

/** When an admission ends, in monotonic milliseconds: never without a grant, long ago where it was taken back. */
export function permittedUntilMs(admission: Admission | undefined): number {
  if (admission?.grant?.revoked === true) return 0;
  return admission?.untilMs ?? Number.POSITIVE_INFINITY;
}

function endOf(admission: Admission, nowMs: number): CloseReason | undefined {
  if (admission.grant?.revoked === true) return closeReason('refused', 'the permission was taken back');
  return nowMs >= admission.untilMs ? closeReason('refused', 'the permission expired') : undefined;
}

/** Throws `ERR_NOT_ALLOWED` (401) where it is over already: whoever asked may have waited long. */
export function checkAdmission(admission: Admission, nowMs: number): void {
  const end = endOf(admission, nowMs);
  if (end !== undefined) throw new SluiceError('ERR_NOT_ALLOWED', end.message ?? 'not allowed', { status: 401 });
}

/** Ends the sessions and subscriptions of a stream that may not go on. */
export function endRefused(stream: Stream, nowMs: number): void {
  for (const session of [...stream.viewerSessions(), stream.publisher]) {
    const admission = session?.record.admission;
    const end = admission === undefined ? undefined : endOf(admission, nowMs);
    if (end !== undefined) session?.end(end);
  }
  for (const subscription of [...stream.subscriptions]) {
    if (nowMs >= permittedUntilMs(subscription.admission)) subscription.close();
  }
}
