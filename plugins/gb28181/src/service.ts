import { type ServiceToken, service } from '@sluice/core';

/** How a device is asked to send its media. */
export type MediaTransport = 'udp' | 'tcp-passive' | 'tcp-active';

/** A device as plain data. Times ISO 8601 UTC; empty text where the device did not say. */
export interface DeviceInfo {
  readonly id: string;
  readonly name: string;
  readonly online: boolean;
  /** What its signalling comes over. */
  readonly transport: 'udp' | 'tcp';
  /** `address:port` as seen on the wire. */
  readonly remote: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware?: string;
  readonly registeredAt: string;
  /** Last keepalive (or registration). */
  readonly keepaliveAt: string;
  /** How many channels are known. */
  readonly channels: number;
}

/** What an entry of a catalog is (GB/T 28181-2022 annex E, by the type digits of its id). */
export type NodeKind = 'region' | 'system' | 'group' | 'organisation' | 'device' | 'camera' | 'alarm' | 'audio' | 'other';

/** An entry of a device's catalog as plain data. */
export interface ChannelInfo {
  readonly id: string;
  readonly deviceId: string;
  readonly name: string;
  readonly kind: NodeKind;
  /** As the catalog says. */
  readonly online: boolean;
  readonly manufacturer: string;
  readonly model: string;
  readonly parentId?: string;
  readonly civilCode?: string;
  readonly address?: string;
  /** 1 dome, 2 half dome, 3 fixed, 4 remote gun … */
  readonly ptzType?: number;
  readonly longitude?: number;
  readonly latitude?: number;
  /** Stream path of its live picture. */
  readonly path: string;
}

/** What a catalog query brought. */
export interface CatalogResult {
  readonly channels: number;
  /** SumNum of the device. */
  readonly expected: number;
  /** False where pages stayed out and what came was kept. */
  readonly complete: boolean;
}

/** Which device is meant, where two share a channel id. */
export interface ChannelChoice {
  readonly device?: string;
}

/** How to play. */
export interface PlayOptions extends ChannelChoice {
  /** Default: the device's own, else `gb28181.media.transport`. */
  readonly transport?: MediaTransport;
}

/** A started live stream. */
export interface PlayResult {
  readonly path: string;
  readonly state: 'live';
}

/**
 * Devices and live channels. Methods reject (or throw) with `SluiceError`: 404 ERR_GB28181_DEVICE_UNKNOWN and ERR_GB28181_CHANNEL_UNKNOWN,
 * 409 ERR_GB28181_CHANNEL_AMBIGUOUS, 502 ERR_GB28181_REFUSED (the message names the SIP status) and ERR_GB28181_OFFLINE, 504 ERR_GB28181_SILENT.
 */
export interface Gb28181Service {
  devices(): DeviceInfo[];
  /** Throws where the device is unknown. */
  channels(deviceId: string): ChannelInfo[];
  /** Asks the device for its catalog; resolves when all pages came, or those that did in time. */
  refreshCatalog(deviceId: string): Promise<CatalogResult>;
  /** Resolves once the stream is live. A second call joins the first. */
  play(channelId: string, options?: PlayOptions): Promise<PlayResult>;
  /** BYE, and the end of the stream. 404 where it is not playing. */
  stop(channelId: string, options?: ChannelChoice): Promise<void>;
}

/** Token of the service. */
export const gb28181Service: ServiceToken<Gb28181Service> = service<Gb28181Service>('gb28181', () => import('@sluice/plugin-gb28181'));
