import { eventTypes } from '@sluice/core';

/** Makes a check from `stream.*,session.ended`; without a list everything is wanted. */
export function createTypeFilter(list: string | undefined): (type: string) => boolean {
  return list === undefined ? () => true : eventTypes(list.split(','));
}

/** Types of the contract. Plugins tell of more, under their own names. */
export const EVENT_TYPES = [
  'server.started',
  'server.stopping',
  'stream.published',
  'stream.tracks',
  'stream.lingering',
  'stream.closed',
  'session.started',
  'session.ended',
  'traffic.report',
  'pull.state',
  'push.state',
  'gb28181.device.online',
  'gb28181.device.offline',
  'gb28181.alarm',
] as const;

/** Whether any event may match a pattern: one of the known types, or whatever a plugin tells of under its name. */
export function canMatch(pattern: string, plugins: readonly string[]): boolean {
  if (EVENT_TYPES.some(eventTypes([pattern]))) return true;
  const [first = ''] = pattern.split('.');
  return plugins.includes(first) && first !== 'gb28181';
}
