import type { Buffer } from 'node:buffer';

/** What a platform asks, as far as it is answered (GB/T 28181-2016 annex A). */
export interface PlatformMessage {
  readonly root: 'Query' | 'Control' | 'Notify' | 'Response';
  readonly cmdType: string;
  readonly sn: string;
  readonly deviceId: string;
  /** As it came; empty where it was not said. */
  readonly startTime: string;
  readonly endTime: string;
  readonly configType: string;
  /** Names of the command in a Control: `PTZCmd`, `RecordCmd` …, with its value. */
  readonly command: { readonly name: string; readonly value: string } | undefined;
}

const ROOT = /<(Query|Control|Notify|Response)\s*>/i;
const COMMANDS = [
  'PTZCmd',
  'TeleBoot',
  'RecordCmd',
  'GuardCmd',
  'AlarmCmd',
  'IFameCmd',
  'IFrameCmd',
  'DragZoomIn',
  'DragZoomOut',
  'HomePosition',
  'PTZPreciseCtrl',
];
const ROOTS = { query: 'Query', control: 'Control', notify: 'Notify', response: 'Response' } as const;

const MAX_VALUE = 256;

function element(text: string, name: string): string | undefined {
  const value = new RegExp(`<${name}\\s*>([^<]*)`, 'i').exec(text)?.[1]?.trim();
  return value === undefined || value.length > MAX_VALUE ? undefined : value;
}

/** Reads a body. What is read of it is ASCII, whatever its charset. Undefined where it is no MANSCDP. */
export function parsePlatformMessage(body: Buffer): PlatformMessage | undefined {
  const text = body.toString('latin1', 0, Math.min(body.length, 65_536));
  const root = ROOTS[(ROOT.exec(text)?.[1] ?? '').toLowerCase() as keyof typeof ROOTS];
  const cmdType = element(text, 'CmdType') ?? '';
  if (root === undefined || cmdType === '') return undefined;
  const name = COMMANDS.find((command) => element(text, command) !== undefined);
  return {
    root,
    cmdType,
    sn: element(text, 'SN') ?? '',
    deviceId: element(text, 'DeviceID') ?? '',
    startTime: element(text, 'StartTime') ?? '',
    endTime: element(text, 'EndTime') ?? '',
    configType: element(text, 'ConfigType') ?? '',
    command: name === undefined ? undefined : { name, value: element(text, name) ?? '' },
  };
}
