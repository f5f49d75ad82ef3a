import type { Clock, SluiceError } from '@sluice/core';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import { CatalogCollector, readCatalogPage } from '../proto/catalog.js';
import { readDeviceStatus } from '../proto/device-status.js';
import type { Manscdp } from '../proto/manscdp.js';
import { RecordCollector, type RecordItem, readRecordPage } from '../proto/records.js';
import { textOf } from '../proto/xml.js';
import type { CatalogResult } from '../service.js';
import type { Devices } from './devices.js';
import { asGbError, type Outbox } from './outbox.js';
import type { OnlineDevice } from './presence.js';

/** A query whose answer is awaited. */
interface Pending {
  readonly sn: number;
  readonly question: Question;
  /** Takes one MESSAGE of the answer; true where it was the last. */
  readonly take: (answer: Manscdp) => boolean;
  readonly resolve: (complete: boolean) => void;
  readonly reject: (error: SluiceError) => void;
  /** Rearms the timeout. */
  readonly touch: () => void;
}

/** What is asked. */
interface Question {
  readonly cmdType: string;
  /** The device, or one of its channels. */
  readonly subject: string;
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** Over when nothing came for this long. */
  readonly timeoutSeconds: number;
}

/** What queries work with. */
export interface QueriesOptions {
  readonly config: Gb28181Config;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly outbox: Outbox;
}

/** What a record query brought. */
export interface RecordAnswer {
  readonly items: readonly RecordItem[];
  /** SumNum of the device. */
  readonly expected: number;
  readonly complete: boolean;
}

const MAX_PENDING_PER_DEVICE = 16;

/** Asks devices; their answers are MESSAGEs of their own, told apart by device, CmdType and SN (GB/T 28181-2016 9.5). */
export class Queries {
  readonly #options: QueriesOptions;
  readonly #pending = new Map<string, Set<Pending>>();
  readonly #catalogs = new Map<string, Promise<CatalogResult>>();

  constructor(options: QueriesOptions) {
    this.#options = options;
  }

  /** A second call joins the first. */
  catalog(device: OnlineDevice): Promise<CatalogResult> {
    const running = this.#catalogs.get(device.id);
    if (running !== undefined) return running;
    const query = this.#catalog(device).finally(() => this.#catalogs.delete(device.id));
    this.#catalogs.set(device.id, query);
    return query;
  }

  async #catalog(device: OnlineDevice): Promise<CatalogResult> {
    const { devices, config } = this.#options;
    const collector = new CatalogCollector(config.catalog.maxItems);
    const question = { cmdType: 'Catalog', subject: device.id, timeoutSeconds: config.catalog.timeoutSeconds };
    const complete = await this.#ask(device, question, (answer) => collector.add(readCatalogPage(answer.element)));
    const { items, expected } = collector;
    devices.saveCatalog(device.id, items, complete);
    return { channels: items.length, expected, complete };
  }

  /** Asks for name, manufacturer, model and firmware. */
  async deviceInfo(device: OnlineDevice): Promise<void> {
    await this.#ask(device, this.#about(device, 'DeviceInfo'), ({ element }) => {
      const text = (name: string) => textOf(element, name).slice(0, 256);
      this.#options.devices.describe(device.id, {
        name: text('DeviceName'),
        manufacturer: text('Manufacturer'),
        model: text('Model'),
        // `FirmWare` too: names are compared without case.
        firmware: text('Firmware'),
      });
      return true;
    });
  }

  /** Asks how it is. */
  async deviceStatus(device: OnlineDevice): Promise<void> {
    await this.#ask(device, this.#about(device, 'DeviceStatus'), ({ element }) => {
      this.#options.devices.describe(device.id, { status: readDeviceStatus(element) });
      return true;
    });
  }

  /** Asks for the recordings of a channel; `startTime` and `endTime` as they are sent. Resolves with what came, `complete` false where pages stayed out. */
  async records(device: OnlineDevice, channelId: string, startTime: string, endTime: string): Promise<RecordAnswer> {
    const { timeoutSeconds, maxItems } = this.#options.config.records;
    const collector = new RecordCollector(maxItems);
    const fields = [
      ['StartTime', startTime],
      ['EndTime', endTime],
      ['Secrecy', '0'],
      ['Type', device.profile.recordType],
    ] as const;
    const complete = await this.#ask(device, { cmdType: 'RecordInfo', subject: channelId, fields, timeoutSeconds }, (answer) =>
      collector.add(readRecordPage(answer.element)),
    );
    return { items: collector.items, expected: collector.expected, complete };
  }

  /** Hands in a Response. An answer with a wrong SN counts where only one query of its kind is out. */
  deliver(device: string, answer: Manscdp): void {
    const cmdType = answer.cmdType.toLowerCase();
    const candidates = [...(this.#pending.get(device) ?? [])].filter(({ question }) => question.cmdType.toLowerCase() === cmdType);
    const same = candidates.filter(({ question }) => question.subject === answer.deviceId);
    const pending = candidates.find(({ sn }) => sn === answer.sn) ?? (candidates.length === 1 ? candidates[0] : same.length === 1 ? same[0] : undefined);
    if (pending === undefined) return;
    if (pending.take(answer)) pending.resolve(true);
    else pending.touch();
  }

  /** The device went offline: nothing more comes. */
  abandon(device: string): void {
    for (const pending of [...(this.#pending.get(device) ?? [])]) pending.reject(gbError('ERR_GB28181_OFFLINE', `device ${device} went offline`));
  }

  #about(device: OnlineDevice, cmdType: string): Question {
    return { cmdType, subject: device.id, timeoutSeconds: this.#options.config.catalog.timeoutSeconds };
  }

  /** Resolves true when the answer is whole, false when its rest stays out; rejects where nothing came. */
  #ask(device: OnlineDevice, question: Question, take: (answer: Manscdp) => boolean): Promise<boolean> {
    const { clock, outbox } = this.#options;
    const { cmdType, subject, fields, timeoutSeconds } = question;
    const waiting = this.#pending.get(device.id) ?? new Set<Pending>();
    if (waiting.size >= MAX_PENDING_PER_DEVICE) return Promise.reject(gbError('ERR_GB28181_FULL', `too many queries to device ${device.id} at once`));
    this.#pending.set(device.id, waiting);
    const sn = outbox.nextSn();
    return new Promise<boolean>((resolve, reject) => {
      let any = false;
      let cancel = () => {};
      const settle = (run: () => void) => {
        cancel();
        waiting.delete(pending);
        if (waiting.size === 0 && this.#pending.get(device.id) === waiting) this.#pending.delete(device.id);
        run();
      };
      const fail = (error: SluiceError) => settle(() => (any ? resolve(false) : reject(error)));
      const arm = () => {
        cancel();
        cancel = clock.after(timeoutSeconds * 1000, () => fail(gbError('ERR_GB28181_SILENT', `device ${device.id} did not answer ${cmdType}`)));
      };
      const pending: Pending = {
        sn,
        question,
        take: (answer) => {
          any = true;
          return take(answer);
        },
        resolve: (complete) => settle(() => resolve(complete)),
        reject: fail,
        touch: arm,
      };
      waiting.add(pending);
      arm();
      outbox
        .send(device, { root: 'Query', cmdType, sn, deviceId: subject, ...(fields === undefined ? {} : { fields }) })
        .catch((error: unknown) => fail(asGbError(error, device.id)));
    });
  }
}
