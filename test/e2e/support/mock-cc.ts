import { createServer } from 'node:http';

/** A report as a control centre gets it. */
export interface Report {
  readonly call: string;
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A control centre that notes what it is told. */
export interface MockCc {
  readonly reports: readonly Report[];
  /** `--set` values that have a gateway tell it everything. */
  readonly settings: readonly string[];
  of(call: string): Report[];
  /** Resolves with the first report of a call, past or to come, that is wanted. */
  find(call: string, wanted?: (body: Report['body']) => boolean): Promise<Report>;
  /** Resolves with the next report of any call. */
  next(): Promise<void>;
  close(): void;
}

/** Starts one on a free port. */
export async function openMockCc(): Promise<MockCc> {
  const reports: Report[] = [];
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const call = (request.url ?? '').split('/').at(-1) ?? '';
      reports.push({ call, id: String(request.headers['x-sluice-id']), body: JSON.parse(Buffer.concat(parts).toString()) });
      response.end('{}');
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api/stream`;
  const calls = { gateWayStart: 'gbGateWayStart', streamStateChange: 'gbStreamStateChange', blackSsrc: 'blackSsrcReport', flow: 'flowReport' };
  const of = (call: string): Report[] => reports.filter((report) => report.call === call);
  const next = () => new Promise<void>((resolve) => waiting.push(resolve));
  return {
    reports,
    settings: Object.entries(calls).map(([kind, call]) => `gateway-control.report.${kind}=${base}/${call}`),
    of,
    next,
    find: async (call, wanted = () => true) => {
      for (;;) {
        const found = of(call).find(({ body }) => wanted(body));
        if (found !== undefined) return found;
        await next();
      }
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
