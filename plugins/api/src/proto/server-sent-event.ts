import { type ReportEvent, redactText } from '@sluice/core';
import { hideQueries } from './hide.js';

/** An event as the text of a server-sent event (WHATWG HTML 9.2.6). JSON has no line breaks, so one `data` line holds it. */
export function serializeServerSentEvent(event: ReportEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${redactText(JSON.stringify(event, hideQueries))}\n\n`;
}

/** A comment, to keep the connection alive. */
export const KEEP_ALIVE = ': still here\n\n';
