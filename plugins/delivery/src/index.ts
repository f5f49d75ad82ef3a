export { Courier, type CourierOptions, type Failure } from './courier.js';
export { LaneQueue, type LaneQueueOptions, type Message } from './lane-queue.js';
export { type PostRequest, post } from './post.js';
