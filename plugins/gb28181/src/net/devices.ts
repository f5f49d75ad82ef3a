import { type Clock, formatAddress } from '@sluice/core';
import type { SipTarget } from '@sluice/plugin-sip/service';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import { toChannelInfo, toDeviceInfo } from '../map/plain-data.js';
import type { CatalogItem } from '../proto/catalog.js';
import { type PeerProfile, profileFor } from '../proto/profile.js';
import type { ChannelInfo, DeviceInfo, MediaTransport } from '../service.js';
import type { DeviceRecord, DeviceStore } from './device-store.js';

/** `address:port`, brackets around IPv6. */
export function remoteOf(target: SipTarget): string {
  return formatAddress(target.address, target.port);
}

/** What a device said about itself. */
export type DeviceFacts = Partial<Pick<DeviceRecord, 'name' | 'manufacturer' | 'model' | 'firmware' | 'status'>>;

/** The known devices and their channels: what the configuration says, and what the store keeps. */
export class Devices {
  readonly #config: Gb28181Config;
  readonly #store: DeviceStore;
  readonly #clock: Clock;
  readonly #byId: ReadonlyMap<string, Gb28181Config['devices'][number]>;

  constructor(config: Gb28181Config, store: DeviceStore, clock: Clock) {
    this.#config = config;
    this.#store = store;
    this.#clock = clock;
    this.#byId = new Map(config.devices.map((device) => [device.id, device]));
  }

  profileOf(id: string, gbVer: string | undefined): PeerProfile {
    const own = this.#byId.get(id);
    return profileFor(gbVer, {
      charset: own?.charset,
      keepaliveRenews: own?.keepaliveRenews,
      laxAddress: own?.laxAddress ?? this.#config.keepaliveLaxAddress,
    });
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

  registered(id: string, target: SipTarget): void {
    const nowMs = this.#clock.wallMs();
    const blank = { id, name: '', manufacturer: '', model: '', firmware: '', registeredAtMs: nowMs };
    this.#store.saveDevice({
      ...blank,
      ...this.#store.device(id),
      transport: target.transport,
      remote: remoteOf(target),
      registeredAtMs: nowMs,
      keepaliveAtMs: nowMs,
    });
  }

  seen(id: string, target: SipTarget): void {
    const record = this.#store.device(id);
    if (record !== undefined) this.#store.saveDevice({ ...record, remote: remoteOf(target), keepaliveAtMs: this.#clock.wallMs() });
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
