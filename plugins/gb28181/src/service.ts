import { type ServiceToken, service } from '@sluice/core';
import type { DeviceStatus } from './proto/device-status.js';
import type { PtzMove } from './proto/ptz.js';

export type { DeviceStatus, PtzMove };

/** How a device is asked to send its media. */
export type MediaTransport = 'udp' | 'tcp-passive' | 'tcp-active';

/** Where it is asked to send: to the port that all share, or to one of its own. */
export type MediaPort = 'single' | 'range';

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
  /** What it last answered to DeviceStatus. */
  readonly status?: DeviceStatus;
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
  /** What is above it in the tree: a device, region, group or organisation. */
  readonly parentId?: string;
  /** All of them, where there are several; `parentId` is the first. */
  readonly parentIds?: readonly string[];
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
  /** Default `single`. */
  readonly port?: MediaPort;
  /** Which stream of the channel: 0 main, 1 sub. Default: left to the device. A stream that runs already is joined as it is. */
  readonly stream?: number;
}

/** A started live stream. */
export interface PlayResult {
  readonly path: string;
  readonly state: 'live';
}

/** A period of a recording: ISO 8601 with a zone, or milliseconds since 1970. */
export interface Period {
  readonly start: string | number;
  readonly end: string | number;
}

/** A recording on a device. Times ISO 8601 UTC; left out where the device did not say. */
export interface RecordInfo {
  readonly name: string;
  readonly start: string;
  readonly end: string;
  /** `time`, `alarm`, `manual` … as the device says. */
  readonly type: string;
  readonly filePath?: string;
  readonly address?: string;
  readonly recorderId?: string;
  readonly secret: boolean;
  readonly fileSizeBytes?: number;
  /** 0 main, 1 sub. */
  readonly stream?: number;
}

/** What a record query brought, oldest first. */
export interface RecordsResult {
  readonly items: readonly RecordInfo[];
  /** SumNum of the device. */
  readonly expected: number;
  /** False where pages stayed out and what came is answered. */
  readonly complete: boolean;
}

/** What to play of a recording. */
export interface PlaybackOptions extends PlayOptions, Period {
  /** Default 1; negative plays backwards where the device can. Of a download: how much faster it is sent. */
  readonly speed?: number;
  /** Default `playback`: at the pace of a viewer. `download`: as a file, at `speed`. */
  readonly kind?: 'playback' | 'download';
}

/** `connecting` until the first frame. */
export type PlaybackState = 'connecting' | 'playing' | 'paused' | 'ended';

/** A running or ended playback. */
export interface PlaybackInfo {
  readonly id: string;
  /** Stream path. */
  readonly path: string;
  readonly state: PlaybackState;
  /** From the start of the period, as far as can be told from here. */
  readonly positionSeconds: number;
  readonly speed: number;
  readonly deviceId: string;
  readonly channelId: string;
  readonly kind: 'playback' | 'download';
  readonly start: string;
  readonly end: string;
  /** Of a download, where the device said it. */
  readonly fileSizeBytes?: number;
  /** Why it ended: `finished` where the device sent all of it. */
  readonly reason?: string;
}

/**
 * Devices, live channels and recordings. Methods reject (or throw) with `SluiceError`: 404 ERR_GB28181_DEVICE_UNKNOWN and ERR_GB28181_CHANNEL_UNKNOWN,
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
  /** Moves a camera: -1 to 1 each, zeros stop. Resolves when the device took it. */
  ptz(channelId: string, move: PtzMove, options?: ChannelChoice): Promise<void>;
  /** Asks for the recordings of a channel. 400 ERR_GB28181_RANGE where the period is none. */
  records(channelId: string, period: Period, options?: ChannelChoice): Promise<RecordsResult>;
  /** Resolves when the device accepted: the stream is there, or on its way. */
  playback(channelId: string, options: PlaybackOptions): Promise<PlaybackInfo>;
  /** Ended ones are known for some minutes. Throws 404 ERR_GB28181_PLAYBACK_UNKNOWN. */
  playbackInfo(id: string): PlaybackInfo;
  /** The device stops sending and the stream is held. These four reject with 502 ERR_GB28181_REFUSED where the device does not, 409 ERR_GB28181_PLAYBACK_ENDED. */
  pausePlayback(id: string): Promise<PlaybackInfo>;
  resumePlayback(id: string): Promise<PlaybackInfo>;
  /** From the start of the period; a paused one goes on. */
  seekPlayback(id: string, positionSeconds: number): Promise<PlaybackInfo>;
  speedPlayback(id: string, speed: number): Promise<PlaybackInfo>;
  /** BYE, and it is forgotten. */
  endPlayback(id: string): Promise<void>;
}

/** Token of the service. */
export const gb28181Service: ServiceToken<Gb28181Service> = service<Gb28181Service>('gb28181', () => import('@sluice/plugin-gb28181'));
