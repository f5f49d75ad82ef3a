import { type Clock, formatAddress } from '@sluice/core';
import type { SipTarget } from '@sluice/plugin-sip/service';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import { toChannelInfo, toDeviceInfo } from '../map/plain-data.js';
import type { CatalogItem } from '../proto/catalog.js';
import { type PeerProfile, profileFor } from '../proto/profile.js';
import { type QuirkRow, switchesFor } from '../proto/quirks.js';
import type { ChannelInfo, DeviceInfo, MediaTransport } from '../service.js';
import type { DeviceRecord, DeviceStore } from './device-store.js';
import type { OnlineDevice } from './presence.js';
import { builtInQuirks } from './quirk-table.js';

/** `address:port`, brackets around IPv6. */
export function remoteOf(target: SipTarget): string {
  return formatAddress(target.address, target.port);
}

function targetOf(remote: string): SipTarget | undefined {
  const [, address, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(remote) ?? [];
  return address === undefined ? undefined : { transport: 'udp', address, port: Number(port) };
}

/** What a device says of itself when it registers. */
export interface SaidAtRegistration {
  /** X-GB-Ver. */
  readonly gbVer?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A device whose registration with an earlier process still counts. */
export interface RememberedDevice {
  readonly id: string;
  readonly target: SipTarget;
  /** Empty where it said none. */
  readonly gbVer: string;
  readonly userAgent: string;
  readonly grantedMs: number;
  readonly leftMs: number;
}

/** What a device said about itself. */
export type DeviceFacts = Partial<Pick<DeviceRecord, 'name' | 'manufacturer' | 'model' | 'firmware' | 'status'>>;

/** The known devices and their channels: what the configuration says, and what the store keeps. */
export class Devices {
  readonly #config: Gb28181Config;
  readonly #store: DeviceStore;
  readonly #clock: Clock;
  readonly #byId: ReadonlyMap<string, Gb28181Config['devices'][number]>;

  /** Users' rows come last, so that they win. */
  readonly #quirks: readonly QuirkRow[];

  constructor(config: Gb28181Config, store: DeviceStore, clock: Clock) {
    this.#config = config;
    this.#store = store;
    this.#clock = clock;
    this.#quirks = [...builtInQuirks(), ...config.quirks];
    this.#byId = new Map(config.devices.map((device) => [device.id, device]));
  }

  /** By its edition, what is known of its make, and what is configured for it. */
  profileOf(id: string, gbVer: string | undefined, userAgent = ''): PeerProfile {
    const own = this.#byId.get(id);
    const { manufacturer = '', model = '', firmware = '' } = this.#store.device(id) ?? {};
    const quirks = switchesFor(this.#quirks, { manufacturer, model, firmware, userAgent });
    const configured = {
      userAgent,
      charset: own?.charset,
      timeZone: own?.timeZone ?? this.#config.timeZone,
      keepaliveRenews: own?.keepaliveRenews,
      laxAddress: own?.laxAddress ?? (this.#config.keepaliveLaxAddress || undefined),
    };
    return profileFor(gbVer, configured, quirks);
  }

  transportOf(id: string): MediaTransport {
    return this.#byId.get(id)?.transport ?? this.#config.media.transport;
  }

  hasRoomFor(id: string): boolean {
    return this.#store.device(id) !== undefined || this.#store.size < this.#config.registration.maxDevices;
  }

  known(id: string): boolean {
    return this.#store.device(id) !== undefined;
  }

  /** Throws ERR_GB28181_DEVICE_UNKNOWN. */
  record(id: string): DeviceRecord {
    const record = this.#store.device(id);
    if (record === undefined) throw gbError('ERR_GB28181_DEVICE_UNKNOWN', `no device ${id} ever registered`);
    return record;
  }

  /** It registered: kept before it is answered. */
  registered(id: string, target: SipTarget, grantedMs: number, { gbVer = '', userAgent = '' }: SaidAtRegistration): void {
    const nowMs = this.#clock.wallMs();
    const blank = { id, name: '', manufacturer: '', model: '', firmware: '' };
    this.#store.saveDevice({
      ...blank,
      ...this.#store.device(id),
      transport: target.transport,
      remote: remoteOf(target),
      registeredAtMs: nowMs,
      keepaliveAtMs: nowMs,
      gbVer: gbVer.slice(0, 16),
      userAgent,
      expiresAtMs: nowMs + grantedMs,
      grantedMs,
    });
  }

  /** It said that it goes: kept before it is answered. */
  unregistered(id: string): void {
    const record = this.#store.device(id);
    if (record !== undefined) this.#store.saveDevice({ ...record, expiresAtMs: 0 });
  }

  /** It is offline: the next process shall not think otherwise. */
  offline(id: string): void {
    const record = this.#store.device(id);
    if (record !== undefined && record.expiresAtMs !== 0) this.#store.noteDevice({ ...record, expiresAtMs: 0 });
  }

  seen(id: string, device: OnlineDevice): void {
    const record = this.#store.device(id);
    if (record === undefined) return;
    const nowMs = this.#clock.wallMs();
    const expiresAtMs = device.profile.keepaliveRenews ? nowMs + record.grantedMs : record.expiresAtMs;
    const next = { ...record, remote: remoteOf(device.target), keepaliveAtMs: nowMs, expiresAtMs };
    // Where it is decides whether it can be reached after a restart; when it was last seen may be lost.
    if (next.remote === record.remote) this.#store.noteDevice(next);
    else this.#store.saveDevice(next);
  }

  /** Devices whose registration with an earlier process still counts. Over TCP they must call again: their connection is gone. */
  remembered(): RememberedDevice[] {
    const nowMs = this.#clock.wallMs();
    return this.#store
      .devices()
      .filter(({ transport, expiresAtMs }) => transport === 'udp' && expiresAtMs > nowMs)
      .flatMap(({ id, remote, gbVer, userAgent = '', grantedMs, expiresAtMs }) => {
        const target = targetOf(remote);
        // A clock that was set back lengthens nothing.
        return target === undefined ? [] : [{ id, target, gbVer, userAgent, grantedMs, leftMs: Math.min(expiresAtMs - nowMs, grantedMs) }];
      });
  }

  /** True for a device that was last seen at an address. */
  knownAt(id: string, address: string): boolean {
    return targetOf(this.#store.device(id)?.remote ?? '')?.address === address;
  }

  describe(id: string, facts: DeviceFacts): void {
    const record = this.#store.device(id);
    if (record !== undefined) this.#store.saveDevice({ ...record, ...facts });
  }

  /** Keeps a catalog. One that is not complete only adds. */
  saveCatalog(id: string, items: readonly CatalogItem[], complete: boolean): void {
    const merged = new Map(complete ? [] : this.#store.catalog(id));
    for (const item of items) merged.set(item.id, item);
    this.#store.saveCatalog(id, merged);
  }

  hasCatalog(id: string): boolean {
    return this.#store.catalog(id) !== undefined;
  }

  hasChannel(deviceId: string, channelId: string): boolean {
    const catalog = this.#store.catalog(deviceId);
    return catalog === undefined || catalog.size === 0 ? channelId === deviceId && this.known(deviceId) : catalog.has(channelId);
  }

  /** Devices that have a channel. A device without a catalog, or with an empty one, is its own channel. */
  owners(channelId: string): readonly string[] {
    const owners = this.#store.owners(channelId);
    return owners.length === 0 && this.hasChannel(channelId, channelId) ? [channelId] : owners;
  }

  /** Stream path of a channel: with its device where two share it. */
  pathOf(deviceId: string, channelId: string): string {
    return this.owners(channelId).length > 1 ? `gb/${deviceId}/${channelId}` : `gb/${channelId}`;
  }

  list(isOnline: (id: string) => boolean): DeviceInfo[] {
    return this.#store.devices().map((record) => toDeviceInfo(record, isOnline(record.id), this.#store.catalog(record.id)?.size || 1));
  }

  /** Throws ERR_GB28181_DEVICE_UNKNOWN. */
  channels(deviceId: string, deviceOnline: boolean): ChannelInfo[] {
    const record = this.record(deviceId);
    const catalog = this.#store.catalog(deviceId);
    const items = catalog === undefined || catalog.size === 0 ? [ownChannel(record)] : [...catalog.values()];
    return items.map((item) => toChannelInfo(item, deviceId, this.pathOf(deviceId, item.id), deviceOnline));
  }
}

function ownChannel(record: DeviceRecord): CatalogItem {
  const { id, name, manufacturer, model } = record;
  return {
    id,
    name,
    manufacturer,
    model,
    civilCode: '',
    address: '',
    parentId: '',
    online: true,
    ptzType: undefined,
    longitude: undefined,
    latitude: undefined,
  };
}
