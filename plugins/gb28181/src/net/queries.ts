import { type Clock, messageOf, SluiceError } from '@sluice/core';
import type { SipEndpoint } from '@sluice/plugin-sip/service';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import { CatalogCollector, readCatalogPage } from '../proto/catalog.js';
import { buildManscdp, type Manscdp } from '../proto/manscdp.js';
import { textOf } from '../proto/xml.js';
import type { CatalogResult } from '../service.js';
import { type Devices, remoteOf } from './devices.js';
import { encodeText } from './gb-text.js';
import type { OnlineDevice } from './presence.js';

/** A query whose answer is awaited. */
interface Pending {
  readonly sn: number;
  readonly device: string;
  readonly cmdType: string;
  /** Takes one MESSAGE of the answer; true where it was the last. */
  readonly take: (answer: Manscdp) => boolean;
  readonly resolve: (complete: boolean) => void;
  readonly reject: (error: SluiceError) => void;
  /** Rearms the timeout. */
  readonly touch: () => void;
}

/** What queries work with. */
export interface QueriesOptions {
  readonly config: Gb28181Config;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly endpoint: () => SipEndpoint;
}

const MAX_PENDING_PER_DEVICE = 16;

/** Asks devices; their answers are MESSAGEs of their own, told apart by device, CmdType and SN (GB/T 28181-2016 9.5). */
export class Queries {
  readonly #options: QueriesOptions;
  readonly #pending = new Map<string, Set<Pending>>();
  readonly #catalogs = new Map<string, Promise<CatalogResult>>();
  #sn = 0;

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
    const complete = await this.#ask(device, 'Catalog', (answer) => collector.add(readCatalogPage(answer.element)));
    const { items, expected } = collector;
    devices.saveCatalog(device.id, items, complete);
    return { channels: items.length, expected, complete };
  }

  /** Asks for name, manufacturer, model and firmware. */
  async deviceInfo(device: OnlineDevice): Promise<void> {
    await this.#ask(device, 'DeviceInfo', ({ element }) => {
      const text = (name: string) => textOf(element, name).slice(0, 256);
      this.#options.devices.describe(device.id, {
        name: text('DeviceName'),
        manufacturer: text('Manufacturer'),
        model: text('Model'),
        firmware: text('Firmware'),
      });
      return true;
    });
  }

  /** Hands in a Response. An answer with a wrong SN counts where only one query of its kind is out. */
  deliver(device: string, answer: Manscdp): void {
    const cmdType = answer.cmdType.toLowerCase();
    const candidates = [...(this.#pending.get(device) ?? [])].filter((pending) => pending.cmdType.toLowerCase() === cmdType);
    const pending = candidates.find(({ sn }) => sn === answer.sn) ?? (candidates.length === 1 ? candidates[0] : undefined);
    if (pending === undefined) return;
    if (pending.take(answer)) pending.resolve(true);
    else pending.touch();
  }

  /** The device went offline: nothing more comes. */
  abandon(device: string): void {
    for (const pending of [...(this.#pending.get(device) ?? [])]) pending.reject(gbError('ERR_GB28181_OFFLINE', `device ${device} went offline`));
  }

  /** Resolves true when the answer is whole, false when its rest stays out; rejects where nothing came. */
  #ask(device: OnlineDevice, cmdType: string, take: (answer: Manscdp) => boolean): Promise<boolean> {
    const { clock, config } = this.#options;
    const waiting = this.#pending.get(device.id) ?? new Set<Pending>();
    if (waiting.size >= MAX_PENDING_PER_DEVICE) return Promise.reject(gbError('ERR_GB28181_FULL', `too many queries to device ${device.id} at once`));
    this.#pending.set(device.id, waiting);
    this.#sn = (this.#sn % 999_999) + 1;
    const sn = this.#sn;
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
        cancel = clock.after(config.catalog.timeoutSeconds * 1000, () => fail(gbError('ERR_GB28181_SILENT', `device ${device.id} did not answer ${cmdType}`)));
      };
      const pending: Pending = {
        sn,
        device: device.id,
        cmdType,
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
      this.#send(device, cmdType, sn).catch((error: unknown) => fail(asGbError(error, device.id)));
    });
  }

  async #send(device: OnlineDevice, cmdType: string, sn: number): Promise<void> {
    const { config, endpoint } = this.#options;
    const text = buildManscdp({ root: 'Query', cmdType, sn, deviceId: device.id }, device.profile);
    const response = await endpoint().send(
      {
        method: 'MESSAGE',
        uri: `sip:${device.id}@${remoteOf(device.target)}`,
        from: `${config.sip.id}@${config.sip.domain}`,
        to: `${device.id}@${config.sip.domain}`,
        headers: [['content-type', 'Application/MANSCDP+xml']],
        body: encodeText(text, device.profile.charset),
      },
      device.target,
    );
    if (response.status >= 300) throw gbError('ERR_GB28181_REFUSED', `device ${device.id} refused ${cmdType} with ${response.status} ${response.reason}`);
  }
}

function asGbError(error: unknown, device: string): SluiceError {
  if (error instanceof SluiceError && error.plugin === 'gb28181') return error;
  const code = error instanceof SluiceError && error.code === 'ERR_SIP_UNREACHABLE' ? 'ERR_GB28181_OFFLINE' : 'ERR_GB28181_SILENT';
  return gbError(code, `device ${device}: ${messageOf(error)}`, error);
}
