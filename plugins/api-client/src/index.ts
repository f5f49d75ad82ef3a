export { type ClientOptions, createClient, type ItemOf, type ListOptions, type ListPath, type SluiceClient } from './client.js';
export { ApiError, unwrap } from './errors.js';
export type { EventOptions, EventType, SluiceEvent } from './events.js';
export type { components, operations, paths } from './schema.js';
