import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fresh, ScorecardTest } from '../types.js';
import { check, checkNone, each, pause } from './support/check.js';
import { publishing } from './support/publish.js';
import { rawHttp } from './support/raw-http.js';
import { askRtmp } from './support/rtmp.js';
import { SipDevice, sipPassword } from './support/sip.js';
import { startedPrograms, trace } from './support/trace.js';

const PROOF = join(tmpdir(), `sluice-shell-${process.pid}`);
const RUN = `touch ${PROOF}`;
/** What a shell, a template or an option parser would make something of. */
const WORDS: readonly string[] = [
  `;${RUN}`,
  `$(${RUN})`,
  `\`${RUN}\``,
  `|${RUN}`,
  `||${RUN}`,
  `&${RUN}&`,
  `&&${RUN}`,
  `\n${RUN}\n`,
  `\r\n${RUN}`,
  `' ; ${RUN} ; '`,
  `" ; ${RUN} ; "`,
  `>${PROOF}`,
  `<(${RUN})`,
  `\${IFS}${RUN}`,
  `%s%n%x`,
  `{{7*7}}`,
  `\${7*7}`,
  `\u0000;${RUN}`,
  `a;${RUN}#`,
  `~/x;${RUN}`,
];
/** Names that are good ones, and options. */
const OPTIONS: readonly string[] = ['-i', '-y', '--help', '-f', '-filter_complex', '-vf', '-protocol_whitelist', '-c', '~', '-', '--'];

/** Every field of a request that a word fits in. */
async function intoHttp(server: Fresh, word: string): Promise<void> {
  const encoded = encodeURIComponent(word);
  const headers = { authorization: `Bearer ${server.apiKey}` };
  const inHeader = word.replace(/[^\x20-\x7e]/g, '');
  const json = { ...headers, 'content-type': 'application/json' };
  const post = (path: string, body: object): Promise<unknown> =>
    rawHttp(server, `/api/v1${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) });
  await rawHttp(server, `/live/${encoded}.flv?token=${encoded}&audio=${encoded}`, { headers: { 'user-agent': inHeader, referer: inHeader } });
  await rawHttp(server, `/flv/live%2F${encoded}/${encoded}`);
  await rawHttp(server, `/api/v1/streams/live/${encoded}/snapshot.jpg`, { headers });
  await rawHttp(server, `/api/v1/streams/live/shell/snapshot.jpg?width=${encoded}&height=${encoded}&ffmpeg=${encoded}`, { headers });
  await post('/pulls', { path: `live/${word}`, url: `rtsp://203.0.113.1/${word}` });
  await post('/pulls', { path: 'live/x', url: word });
  await post('/pushes', { path: 'live/shell', url: `rtmp://${word}/live/x` });
  await post('/create_pullChannel', { streamId: word, transport: 'udp', port: 'single', sdp: word, pushUrl: word });
  await post('/auth/tokens', { actions: ['play'], paths: [word] });
  await post(`/gb28181/channels/${encoded}/play`, { transport: word });
}

/** S2: names and fields that a shell would run. */
export const shell: ScorecardTest = {
  id: 'S2',
  title: 'Shell words and options in every field',
  programs: ['strace', 'ffmpeg'],
  async run(site) {
    const server = await site.startFresh();
    const encoder = await publishing(server, 'live/shell', `?owner=${encodeURIComponent(WORDS[1] ?? '')}`);
    const named = await publishing(server, 'live/-i');
    const device = await SipDevice.open(server);
    const calls = await trace(server.pid, 'execve,execveat');
    const snapshot = (path: string): Promise<{ readonly status: number }> =>
      rawHttp(server, `/api/v1/streams/${path}/snapshot.jpg`, { headers: { authorization: `Bearer ${server.apiKey}` }, timeoutMs: 20_000 });
    try {
      const words = WORDS.filter((_word, index) => index % site.choose(4, 1, 1) === 0);
      await each(words, 1, async (word) => {
        await intoHttp(server, word);
        await askRtmp(server, { action: 'publish', app: 'live', name: `${word}?key=${word}`, flashVer: word });
        const inLine = word.replace(/[\r\n]/g, ' ');
        await device.register(`3402000000132000${String(WORDS.indexOf(word)).padStart(4, '0')}`, sipPassword(server), { userAgent: inLine });
        await device.ask({ method: 'MESSAGE', user: inLine, body: `<?xml version="1.0"?><Notify><CmdType>${word}</CmdType></Notify>` }, 500);
      });
      await each(OPTIONS, 1, async (name) => {
        await rawHttp(server, `/api/v1/streams/live/${name}/snapshot.jpg?width=64`, { headers: { authorization: `Bearer ${server.apiKey}` } });
      });
      for (const path of ['live/shell', 'live/-i']) {
        const { status } = await snapshot(path);
        check(status === 200, () => `a snapshot of ${path} answered ${status}`);
      }
      await pause(500);
      const programs = startedPrograms(await calls.stop());
      const strange = programs.filter(
        (line) => !/^execve\("[^"]*\/ffmpeg", \["ffmpeg", "-hide_banner"/.test(line) || /shell|live|touch|"-y"|--help/.test(line),
      );
      checkNone(strange, 'programs that were started');
      check(programs.length > 0, () => 'strace saw no ffmpeg: it proves nothing');
      check(!existsSync(PROOF), () => `${PROOF} was made`);
      return `${words.length} words and ${OPTIONS.length} options: ${programs.length} ffmpeg of snapshots, nothing else`;
    } finally {
      await calls.stop();
      device.close();
      await encoder.stop('SIGKILL');
      await named.stop('SIGKILL');
      await server.stop();
    }
  },
};
