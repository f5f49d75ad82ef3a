import type { DeviceRecord } from '../net/device-store.js';
import type { CatalogItem } from '../proto/catalog.js';
import { nodeKind } from '../proto/ids.js';
import type { ChannelInfo, DeviceInfo } from '../service.js';

/** A device as the API shows it. */
export function toDeviceInfo(record: DeviceRecord, online: boolean, channels: number): DeviceInfo {
  const { id, name, transport, remote, manufacturer, model, firmware, registeredAtMs, keepaliveAtMs } = record;
  return {
    id,
    name,
    online,
    transport,
    remote,
    manufacturer,
    model,
    ...(firmware === '' ? {} : { firmware }),
    registeredAt: new Date(registeredAtMs).toISOString(),
    keepaliveAt: new Date(keepaliveAtMs).toISOString(),
    channels,
  };
}

/** A channel as the API shows it. */
export function toChannelInfo(item: CatalogItem, deviceId: string, path: string, deviceOnline: boolean): ChannelInfo {
  return {
    id: item.id,
    deviceId,
    name: item.name,
    kind: nodeKind(item.id),
    online: deviceOnline && item.online,
    manufacturer: item.manufacturer,
    model: item.model,
    ...(item.parentId === '' ? {} : { parentId: item.parentId }),
    ...(item.civilCode === '' ? {} : { civilCode: item.civilCode }),
    ...(item.address === '' ? {} : { address: item.address }),
    ...(item.ptzType === undefined ? {} : { ptzType: item.ptzType }),
    ...(item.longitude === undefined ? {} : { longitude: item.longitude }),
    ...(item.latitude === undefined ? {} : { latitude: item.latitude }),
    path,
  };
}
