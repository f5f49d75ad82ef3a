import { type Clock, messageOf, type PluginContext, VERSION } from '@sluice/core';
import type { CameraConfig } from '../config.js';
import { type AnswerHead, type Fields, headFields, manscdpBody, pagesOf } from '../proto/answers.js';
import type { DeviceIds } from '../proto/ids.js';
import { localTime, parseLocalTime } from '../proto/local-time.js';
import type { PlatformMessage } from '../proto/query.js';
import { recordingPath, recordingsIn } from '../proto/records.js';
import type { PlatformLink } from './link.js';

/** Controls that are followed by a Response; the others are answered 200 alone (GB/T 28181-2016 9.3.2). */
const ANSWERED_CONTROLS = new Set(['RecordCmd', 'GuardCmd', 'AlarmCmd', 'HomePosition']);
const HOUR_MS = 3_600_000;

/** What a responder needs. */
export interface ResponderPlace {
  readonly link: PlatformLink;
  readonly ids: DeviceIds;
  readonly config: CameraConfig;
  readonly clock: Clock;
  readonly log: PluginContext['log'];
  /** A key frame was asked for. */
  onKeyFrame(channelId: string): void;
}

/** Answers what a platform asks of one camera. */
export class Responder {
  readonly #place: ResponderPlace;

  constructor(place: ResponderPlace) {
    this.#place = place;
  }

  /** Answers a message that was answered 200 already. Never rejects. */
  async respond(message: PlatformMessage): Promise<void> {
    const { log, link } = this.#place;
    try {
      for (const page of this.#answer(message)) {
        // GB/T 28181-2022 annex M: the next page when the one before was received.
        await link.request('MESSAGE', { headers: [['content-type', 'Application/MANSCDP+xml']], body: page });
      }
    } catch (error) {
      log.warn({ camera: link.id, query: message.cmdType, err: messageOf(error) }, 'an answer did not arrive');
    }
  }

  #answer(message: PlatformMessage): readonly Buffer[] {
    if (message.root === 'Control') return this.#control(message);
    if (message.root !== 'Query') return [];
    switch (message.cmdType) {
      case 'Catalog':
        return pagesOf(message, [], 'DeviceList', this.#catalog());
      case 'RecordInfo':
        return pagesOf(message, [['Name', 'camera']], 'RecordList', this.#records(message));
      case 'DeviceInfo':
        return [this.#response(message, this.#deviceInfo())];
      case 'DeviceStatus':
        return [this.#response(message, this.#deviceStatus())];
      case 'ConfigDownload':
        return [this.#response(message, this.#basicParam(message.configType))];
      case 'PresetQuery':
        return [this.#response(message, [['SumNum', 0]])];
      default:
        return [this.#response(message, [['Result', 'ERROR']])];
    }
  }

  #response(head: AnswerHead, fields: Fields): Buffer {
    return manscdpBody('Response', [...headFields(head), ...fields]);
  }

  #control(message: PlatformMessage): readonly Buffer[] {
    const { log, link, onKeyFrame } = this.#place;
    const { name, value } = message.command ?? { name: message.cmdType, value: '' };
    log.info({ camera: link.id, channel: message.deviceId, command: name, value }, `control ${name} ${value}`.trimEnd());
    if (name === 'IFameCmd' || name === 'IFrameCmd') onKeyFrame(message.deviceId);
    return ANSWERED_CONTROLS.has(name) || message.cmdType === 'DeviceConfig' ? [this.#response(message, [['Result', 'OK']])] : [];
  }

  #catalog(): Fields[] {
    const { ids, config } = this.#place;
    return ids.channels.map((id, index) => [
      ['DeviceID', id],
      ['Name', `Camera ${id.slice(-6)}`],
      ['Manufacturer', 'Sluice'],
      ['Model', 'camera'],
      ['Owner', 'Owner'],
      ['CivilCode', config.domain.slice(0, 6)],
      ['Address', `Place ${index + 1}`],
      ['Parental', 0],
      ['ParentID', id === ids.id ? config.serverId : ids.id],
      ['SafetyWay', 0],
      ['RegisterWay', 1],
      ['Secrecy', 0],
      ['Status', 'ON'],
      ['Info', [['PTZType', 1]]],
    ]);
  }

  #deviceInfo(): Fields {
    const { ids } = this.#place;
    return [
      ['DeviceName', `Camera ${ids.id.slice(-6)}`],
      ['Result', 'OK'],
      ['Manufacturer', 'Sluice'],
      ['Model', 'camera'],
      ['Firmware', VERSION],
      ['Channel', ids.channels.length],
    ];
  }

  #deviceStatus(): Fields {
    return [
      ['Result', 'OK'],
      ['Online', 'ONLINE'],
      ['Status', 'OK'],
      ['Encode', 'ON'],
      ['Record', 'ON'],
      ['DeviceTime', localTime(this.#place.clock.wallMs())],
    ];
  }

  #basicParam(configType: string): Fields {
    const { config, ids } = this.#place;
    if (!configType.split('/').includes('BasicParam')) return [['Result', 'ERROR']];
    const basic: Fields = [
      ['Name', `Camera ${ids.id.slice(-6)}`],
      ['Expiration', config.expiresSeconds],
      ['HeartBeatInterval', config.keepaliveSeconds],
      ['HeartBeatCount', 3],
    ];
    return [
      ['Result', 'OK'],
      ['BasicParam', basic],
    ];
  }

  #records({ deviceId, startTime, endTime }: PlatformMessage): Fields[] {
    const { config, clock } = this.#place;
    const nowMs = clock.wallMs();
    const rules = { hours: config.recordHours, fileMinutes: config.recordMinutes, nowMs };
    const spans = recordingsIn(parseLocalTime(startTime) ?? nowMs - 24 * HOUR_MS, parseLocalTime(endTime) ?? nowMs, rules);
    return spans.map((span) => [
      ['DeviceID', deviceId],
      ['Name', 'camera'],
      ['FilePath', recordingPath(deviceId, span)],
      ['Address', 'Place'],
      ['StartTime', localTime(span.startMs)],
      ['EndTime', localTime(span.endMs)],
      ['Secrecy', 0],
      ['Type', 'time'],
    ]);
  }
}
