import { closeReason, type ReportEvent, type TrafficReport } from '../src/index.js';
import { FakeClock, MemorySink, startTestEngine, testForm, testFrame, testVideoTrack } from '../src/testing/index.js';

const trafficOf = (events: readonly ReportEvent[], id: string): Omit<TrafficReport, 'session' | 'path'>[] =>
  events
    .filter(({ type }) => type === 'traffic.report')
    .map(({ data }) => data as TrafficReport)
    .filter(({ session }) => session.id === id)
    .map(({ bytesDelta, bytesTotal, final }) => ({ bytesDelta, bytesTotal, final }));

it('tells the traffic of each session every so often, and the rest when it ends', async () => {
  const clock = new FakeClock();
  const engine = await startTestEngine({ clock, config: { engine: { trafficSeconds: 10 } } });
  const track = testVideoTrack();
  const publisher = await engine.publish('live/a', { tracks: [track] });
  const sink = new MemorySink();
  const viewer = await engine.streams.view('live/a', { protocol: 'test', form: testForm, sink, trusted: true, start: 'now' });
  publisher.received(1000);
  clock.advance(11_000);
  expect(trafficOf(engine.reports, publisher.sessionId)).toEqual([{ bytesDelta: 1000, bytesTotal: 1000, final: false }]);
  publisher.received(500);
  publisher.write(testFrame(track, 0, { size: 64 }));
  clock.advance(3000);
  const sent = sink.bytes.length;
  viewer.close(closeReason('ended'));
  expect(trafficOf(engine.reports, viewer.sessionId).at(-1)).toMatchObject({ bytesTotal: sent, final: true });
  const told = trafficOf(engine.reports, viewer.sessionId);
  expect(told.reduce((sum, { bytesDelta }) => sum + bytesDelta, 0)).toBe(sent);
  await publisher.close();
  expect(trafficOf(engine.reports, publisher.sessionId)).toEqual([
    { bytesDelta: 1000, bytesTotal: 1000, final: false },
    { bytesDelta: 500, bytesTotal: 1500, final: true },
  ]);
  // The last figures come before the end itself.
  const types = engine.reports.filter(({ data }) => (data as { session?: { id: string } }).session?.id === publisher.sessionId).map(({ type }) => type);
  expect(types.slice(-2)).toEqual(['traffic.report', 'session.ended']);
  await engine.dispose();
});

it('tells only the last where the interval is 0', async () => {
  const clock = new FakeClock();
  const engine = await startTestEngine({ clock, config: { engine: { trafficSeconds: 0 } } });
  const publisher = await engine.publish('live/a', {});
  clock.advance(12_000);
  await publisher.close();
  expect(trafficOf(engine.reports, publisher.sessionId)).toEqual([{ bytesDelta: 0, bytesTotal: 0, final: true }]);
  await engine.dispose();
});
