import type { ReportEvent } from '@sluice/core';

/** What of an event's data says where it belongs. */
interface Subject {
  readonly path?: unknown;
  readonly id?: unknown;
  readonly device?: unknown;
}

/** Events of one lane arrive in order: those of a stream, of a device, and of the server itself. */
export function laneOf({ type, data }: ReportEvent): string {
  const { path, id, device } = data as Subject;
  if (typeof path === 'string') return path;
  const subject = id ?? device;
  const [kind = ''] = type.split('.');
  // No stream's path has a colon.
  return typeof subject === 'string' ? `${kind}:${subject}` : `${kind}:`;
}

/** True for what the next event says as well. */
export function isExpendable({ type, data }: ReportEvent): boolean {
  return type === 'traffic.report' && (data as { readonly final?: boolean }).final !== true;
}
