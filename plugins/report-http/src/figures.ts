import type { Figure } from '@sluice/core';
import type { ReceiverInfo } from './net/receiver.js';

/** What is measured of receivers; the label is their id of `GET /webhooks`. */
export function webhookFigures(infos: () => readonly ReceiverInfo[]): Figure[] {
  const by = (of: (info: ReceiverInfo) => number) => () => Object.fromEntries(infos().map((info) => [info.id, of(info)]));
  const label = 'webhook';
  return [
    { name: 'sluice_webhook_queued', help: 'Events that wait for the receiver', kind: 'gauge', label, read: by(({ queued }) => queued) },
    {
      name: 'sluice_webhook_dead_letters',
      help: 'Events that did not arrive and are not tried any more',
      kind: 'gauge',
      label,
      read: by(({ deadLetters }) => deadLetters),
    },
    { name: 'sluice_webhook_delivered_total', help: 'Events that the receiver took', kind: 'counter', label, read: by(({ delivered }) => delivered) },
  ];
}
