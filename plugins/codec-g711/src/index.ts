export { g711a, g711u } from './descriptor.js';
