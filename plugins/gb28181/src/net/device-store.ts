import type { CatalogItem } from '../proto/catalog.js';

/** What is kept about a device while it is offline too. Times in milliseconds since 1970. */
export interface DeviceRecord {
  readonly id: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly transport: 'udp' | 'tcp';
  /** `address:port`. */
  readonly remote: string;
  readonly registeredAtMs: number;
  readonly keepaliveAtMs: number;
}

/** Where devices and their catalogs are kept. */
export interface DeviceStore {
  readonly size: number;
  device(id: string): DeviceRecord | undefined;
  devices(): readonly DeviceRecord[];
  saveDevice(record: DeviceRecord): void;
  /** Undefined where the device never answered a catalog query. */
  catalog(deviceId: string): ReadonlyMap<string, CatalogItem> | undefined;
  saveCatalog(deviceId: string, items: ReadonlyMap<string, CatalogItem>): void;
  /** Devices that have a channel of this id in their catalog. */
  owners(channelId: string): readonly string[];
}

/** A store in memory. Bounded by who calls it: only verified devices are saved. */
export class MemoryDeviceStore implements DeviceStore {
  readonly #devices = new Map<string, DeviceRecord>();
  readonly #catalogs = new Map<string, ReadonlyMap<string, CatalogItem>>();
  readonly #owners = new Map<string, Set<string>>();

  get size(): number {
    return this.#devices.size;
  }

  device(id: string): DeviceRecord | undefined {
    return this.#devices.get(id);
  }

  devices(): readonly DeviceRecord[] {
    return [...this.#devices.values()];
  }

  saveDevice(record: DeviceRecord): void {
    this.#devices.set(record.id, record);
  }

  catalog(deviceId: string): ReadonlyMap<string, CatalogItem> | undefined {
    return this.#catalogs.get(deviceId);
  }

  saveCatalog(deviceId: string, items: ReadonlyMap<string, CatalogItem>): void {
    for (const id of this.#catalogs.get(deviceId)?.keys() ?? []) {
      const owners = this.#owners.get(id);
      owners?.delete(deviceId);
      if (owners?.size === 0) this.#owners.delete(id);
    }
    for (const id of items.keys()) {
      const owners = this.#owners.get(id);
      if (owners === undefined) this.#owners.set(id, new Set([deviceId]));
      else owners.add(deviceId);
    }
    this.#catalogs.set(deviceId, items);
  }

  owners(channelId: string): readonly string[] {
    return [...(this.#owners.get(channelId) ?? [])];
  }
}
