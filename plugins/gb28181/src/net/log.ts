import type { PluginContext } from '@sluice/core';

/** What is used of a logger. */
export type Log = Pick<PluginContext['log'], 'debug' | 'info' | 'warn'>;
