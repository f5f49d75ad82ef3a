export { FakeClock } from './fake-clock.js';
export { MemorySink } from './memory-sink.js';
export { testAudioTrack, testFrame, testVideoTrack } from './synthetic-frames.js';
export { startTestEngine, type TestEngine } from './test-engine.js';
export { testForm } from './test-form.js';
