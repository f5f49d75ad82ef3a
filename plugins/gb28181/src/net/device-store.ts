import type { SavedDialog } from '@sluice/plugin-sip/service';
import type { CatalogItem } from '../proto/catalog.js';
import type { DeviceStatus } from '../proto/device-status.js';

/** What is kept about a device while it is offline too. Times in milliseconds since 1970. */
export interface DeviceRecord {
  readonly id: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  /** Its last answer to DeviceStatus. */
  readonly status?: DeviceStatus;
  readonly transport: 'udp' | 'tcp';
  /** `address:port`. */
  readonly remote: string;
  readonly registeredAtMs: number;
  readonly keepaliveAtMs: number;
  /** X-GB-Ver of its registration; empty where it said none. */
  readonly gbVer: string;
  /** User-Agent of its registration, by which quirks are found. */
  readonly userAgent?: string;
  /** When its registration ends; 0 where it is offline. */
  readonly expiresAtMs: number;
  /** How long a registration was granted for. */
  readonly grantedMs: number;
}

/** A dialog of ours, and what it was for. */
export interface DialogRecord {
  readonly deviceId: string;
  readonly channelId: string;
  /** Stream path. */
  readonly path: string;
  /** Since 1970. */
  readonly savedAtMs: number;
  readonly dialog: SavedDialog;
}

/** Where devices, their catalogs and our dialogs are kept. Nothing here throws: what cannot be written is kept in memory at least. */
export interface DeviceStore {
  readonly size: number;
  device(id: string): DeviceRecord | undefined;
  devices(): readonly DeviceRecord[];
  /** Kept when it returns. */
  saveDevice(record: DeviceRecord): void;
  /** Kept soon: for what changes often and may be lost (keepalives). */
  noteDevice(record: DeviceRecord): void;
  /** Undefined where the device never answered a catalog query. */
  catalog(deviceId: string): ReadonlyMap<string, CatalogItem> | undefined;
  saveCatalog(deviceId: string, items: ReadonlyMap<string, CatalogItem>): void;
  /** Devices that have a channel of this id in their catalog. */
  owners(channelId: string): readonly string[];
  dialogs(): readonly DialogRecord[];
  /** Kept when it returns. By Call-ID. */
  saveDialog(record: DialogRecord): void;
  deleteDialog(callId: string): void;
  /** Writes what is waiting. Nothing is kept after it. */
  close(): void;
}

/** A store in memory. Bounded by who calls it: only verified devices are saved. */
export class MemoryDeviceStore implements DeviceStore {
  readonly #devices = new Map<string, DeviceRecord>();
  readonly #catalogs = new Map<string, ReadonlyMap<string, CatalogItem>>();
  readonly #owners = new Map<string, Set<string>>();
  readonly #dialogs = new Map<string, DialogRecord>();

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

  noteDevice(record: DeviceRecord): void {
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

  dialogs(): readonly DialogRecord[] {
    return [...this.#dialogs.values()];
  }

  saveDialog(record: DialogRecord): void {
    this.#dialogs.set(record.dialog.callId, record);
  }

  deleteDialog(callId: string): void {
    this.#dialogs.delete(callId);
  }

  close(): void {}
}
