import type { DeviceRecord } from '../net/device-store.js';
import type { CatalogItem } from '../proto/catalog.js';
import { isGbId, nodeKind } from '../proto/ids.js';
import { parseLocalTime } from '../proto/local-time.js';
import type { RecordItem } from '../proto/records.js';
import type { ChannelInfo, DeviceInfo, RecordInfo } from '../service.js';

/** A device as the API shows it. */
export function toDeviceInfo(record: DeviceRecord, online: boolean, channels: number): DeviceInfo {
  const { id, name, transport, remote, manufacturer, model, firmware, status, registeredAtMs, keepaliveAtMs } = record;
  return {
    id,
    name,
    online,
    transport,
    remote,
    manufacturer,
    model,
    ...(firmware === '' ? {} : { firmware }),
    ...(status === undefined ? {} : { status }),
    registeredAt: new Date(registeredAtMs).toISOString(),
    keepaliveAt: new Date(keepaliveAtMs).toISOString(),
    channels,
  };
}

/** 2022 joins several parents by a slash: the device above, and the virtual organisation it is in (annex A.2.1.9). */
function parentsOf(text: string): Pick<ChannelInfo, 'parentId' | 'parentIds'> {
  const ids = text.split('/').filter(isGbId);
  const [first] = ids;
  return first === undefined ? {} : { parentId: first, ...(ids.length > 1 ? { parentIds: ids } : {}) };
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
    ...parentsOf(item.parentId),
    ...(item.civilCode === '' ? {} : { civilCode: item.civilCode }),
    ...(item.address === '' ? {} : { address: item.address }),
    ...(item.ptzType === undefined ? {} : { ptzType: item.ptzType }),
    ...(item.longitude === undefined ? {} : { longitude: item.longitude }),
    ...(item.latitude === undefined ? {} : { latitude: item.latitude }),
    path,
  };
}

/** A recording as the API shows it; undefined where its times are none. */
export function toRecordInfo(item: RecordItem, timeZone: string): RecordInfo | undefined {
  const [startMs, endMs] = [parseLocalTime(item.startTime, timeZone), parseLocalTime(item.endTime, timeZone)];
  if (startMs === undefined || endMs === undefined) return undefined;
  return {
    name: item.name,
    start: new Date(startMs).toISOString(),
    end: new Date(endMs).toISOString(),
    type: item.type,
    ...(item.filePath === '' ? {} : { filePath: item.filePath }),
    ...(item.address === '' ? {} : { address: item.address }),
    ...(item.recorderId === '' ? {} : { recorderId: item.recorderId }),
    secret: item.secrecy,
    ...(item.fileSizeBytes === undefined ? {} : { fileSizeBytes: item.fileSizeBytes }),
    ...(item.stream === undefined ? {} : { stream: item.stream }),
  };
}
