import { WebSocket } from 'ws';
import { describeWith, killAll, type Running, start } from './support/programs.js';
import { type Server, startServer } from './support/server.js';

describeWith({ programs: ['ffmpeg', 'curl'] }, 'a stop', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('all-in-one', ['synthetic.streams=[{ path: live/demo }]']);
  }, 60_000);
  afterAll(killAll);

  const player = (url: string, ...options: string[]): Running =>
    start('ffmpeg', ['-v', 'error', '-nostats', '-progress', 'pipe:1', ...options, '-i', url, '-c', 'copy', '-f', 'null', '-']);

  it('tells every kind of session in the words of its protocol, and the process exits with 0', async () => {
    const players = {
      rtmp: player(server.url('rtmp', 'live/demo')),
      rtspTcp: player(server.url('rtsp', 'live/demo'), '-rtsp_transport', 'tcp'),
      rtspUdp: player(server.url('rtsp', 'live/demo'), '-rtsp_transport', 'udp'),
      flv: player(server.url('http', 'live/demo.flv')),
    };
    const publisher = start('ffmpeg', [
      ...['-v', 'error', '-nostats', '-progress', 'pipe:1', '-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-c:v', 'libx264', '-g', '10'],
      ...['-f', 'flv', server.url('rtmp', 'live/ours')],
    ]);
    const socket = new WebSocket(server.url('ws', 'live/demo.flv'), { perMessageDeflate: false });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await Promise.all([...Object.values(players), publisher].map((program) => program.wrote(/out_time_ms=[1-9]/)));
    const startedMs = performance.now();
    const ended = await server.stop('SIGTERM');
    expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    // RFC 6455 7.4.1: going away.
    expect(await closed).toBe(1001);
    // Players take it for the end of the stream, and not for a broken connection.
    const ends = await Promise.all(Object.entries(players).map(async ([name, program]) => ({ name, code: (await program.ended).code })));
    expect(ends).toEqual(Object.keys(players).map((name) => ({ name, code: 0 })));
    expect((await publisher.ended).code).not.toBeNull();
  }, 60_000);
});
