// Made of openapi.json by scripts/api-client.mjs.

export interface paths {
  '/server': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The server itself */
    get: operations['getServer'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/plugins/{name}/stop': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Stops a plugin that misbehaves; the others go on, and the next start has it again */
    post: operations['stopPlugin'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/config': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The effective configuration; secrets are hidden */
    get: operations['getConfig'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/streams': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All streams */
    get: operations['listStreams'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/streams/{path}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One stream */
    get: operations['getStream'];
    put?: never;
    post?: never;
    /** Ends the publisher and its viewers, at once and without lingering */
    delete: operations['endStream'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/streams/{path}/snapshot.jpg': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The newest key frame as a JPEG */
    get: operations['getSnapshot'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Publishers and viewers */
    get: operations['listSessions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/sessions/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Ends a publisher or a viewer */
    delete: operations['endSession'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/devices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Devices */
    get: operations['listDevices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/devices/{id}/channels': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The catalog of a device */
    get: operations['listChannels'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/devices/{id}/catalog': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Asks the device for its catalog */
    post: operations['refreshCatalog'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/channels/{id}/play': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Invites a channel; answers once its stream is live */
    post: operations['playChannel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/channels/{id}/stop': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ends the live stream of a channel */
    post: operations['stopChannel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/channels/{id}/ptz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Moves a camera until it is told to stop: zeros */
    post: operations['moveCamera'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/channels/{id}/records': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Recordings of a channel, asked of the device */
    get: operations['listRecords'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/channels/{id}/playback': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Plays a recording as a stream */
    post: operations['createPlayback'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/playbacks/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One playback */
    get: operations['getPlayback'];
    put?: never;
    post?: never;
    /** Ends a playback */
    delete: operations['endPlayback'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/playbacks/{id}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Pauses a playback; its stream is held */
    post: operations['pausePlayback'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/playbacks/{id}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Goes on with a paused playback */
    post: operations['resumePlayback'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/playbacks/{id}/seek': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Goes on from another position */
    post: operations['seekPlayback'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/gb28181/playbacks/{id}/speed': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Plays at another speed */
    post: operations['speedPlayback'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/pulls': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All pulls */
    get: operations['listPulls'];
    put?: never;
    /** Brings a stream of another server */
    post: operations['createPull'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/pulls/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One pull */
    get: operations['getPull'];
    put?: never;
    post?: never;
    /** Ends a pull and the stream it brings */
    delete: operations['endPull'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/pushes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All pushes */
    get: operations['listPushes'];
    put?: never;
    /** Forwards a stream to another server */
    post: operations['createPush'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/pushes/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One push */
    get: operations['getPush'];
    put?: never;
    post?: never;
    /** Ends a push */
    delete: operations['endPush'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/auth/tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All tokens, without what they are */
    get: operations['listTokens'];
    put?: never;
    /** Makes a token */
    post: operations['createToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/auth/tokens/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Takes a token back: its sessions end */
    delete: operations['revokeToken'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Events as they happen */
    get: operations['events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/create_pullChannel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Takes an SSRC and a port for a stream that will be sent here */
    post: operations['createPullChannel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/start_pullChannel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Starts receiving; connects out for tcp-active */
    post: operations['startPullChannel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/delete_pullChannel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ends a channel and its stream */
    post: operations['deletePullChannel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/get_pushChannels': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The channels */
    get: operations['listPushChannels'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/timestamps/{path}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Times of a stream as they came */
    get: operations['getTimestamps'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The receivers of webhooks, and how they do */
    get: operations['listWebhooks'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/dead-letters': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Events that did not arrive and are not tried any more */
    get: operations['listDeadLetters'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/dead-letters/{id}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Sends a dead letter again */
    post: operations['retryDeadLetter'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/dead-letters/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Deletes a dead letter */
    delete: operations['deleteDeadLetter'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Channel: {
      id: string;
      deviceId: string;
      name: string;
      /**
       * @description by the type digits of its id
       * @enum {string}
       */
      kind: 'region' | 'system' | 'group' | 'organisation' | 'device' | 'camera' | 'alarm' | 'audio' | 'other';
      /** @description as the catalog says */
      online: boolean;
      manufacturer: string;
      model: string;
      /** @description what is above it in the tree */
      parentId?: string;
      parentIds?: string[];
      civilCode?: string;
      address?: string;
      ptzType?: number;
      longitude?: number;
      latitude?: number;
      /** @description of its live stream */
      path: string;
    };
    CloseReason: {
      /** @description ended, lost, kicked … */
      code: string;
      message?: string;
    };
    ConfigValue: {
      key: string;
      value: unknown;
      /** @description default, preset NAME, file PATH:LINE, env NAME, flag, embedder */
      source: string;
    };
    CreatedToken: {
      id: string;
      /**
       * @description who made it: auth.tokens, or a caller of the API
       * @enum {string}
       */
      origin: 'config' | 'api';
      actions: ('publish' | 'play')[];
      paths: string[];
      /**
       * Format: date-time
       * @description where the API made it
       */
      createdAt?: string;
      /** Format: date-time */
      expiresAt?: string;
      /** @description the token itself, shown this once */
      token: string;
    };
    DeadLetter: {
      id: string;
      /** @description id of the receiver */
      webhook: string;
      tries: number;
      reason: string;
      /** Format: date-time */
      deadAt: string;
      event: {
        id: string;
        type: string;
        /** Format: date-time */
        timestamp: string;
        seq: number;
        data: {
          [key: string]: unknown;
        };
      };
    };
    Device: {
      id: string;
      name: string;
      online: boolean;
      /**
       * @description of its signalling
       * @enum {string}
       */
      transport: 'udp' | 'tcp';
      /** @description address:port */
      remote: string;
      manufacturer: string;
      model: string;
      firmware?: string;
      /** @description what it last answered to DeviceStatus */
      status?: {
        online?: boolean;
        ok?: boolean;
        reason?: string;
        encoding?: boolean;
        recording?: boolean;
        /** @description its clock, as it wrote it */
        deviceTime?: string;
      };
      /** Format: date-time */
      registeredAt: string;
      /**
       * Format: date-time
       * @description last keepalive, or registration
       */
      keepaliveAt: string;
      /** @description how many are known */
      channels: number;
    };
    Error: {
      error: {
        /** @description stable, for programs */
        code: string;
        /** @description for people */
        message: string;
      };
    };
    /** @description What the contract names; plugins tell of more, under their own names and in the same frame */
    Event:
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'server.started';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            version: string;
            preset?: string;
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'server.stopping';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            reason: string;
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'stream.published';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            /** @description of the stream */
            path: string;
            publisher: components['schemas']['Publisher'] | null;
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'stream.tracks';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            /** @description of the stream */
            path: string;
            tracks: components['schemas']['Track'][];
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'stream.lingering';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            /** @description of the stream */
            path: string;
            reason: components['schemas']['CloseReason'];
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'stream.closed';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            /** @description of the stream */
            path: string;
            reason: components['schemas']['CloseReason'];
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'session.started';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            /** @description of the stream */
            path: string;
            session: components['schemas']['Session'];
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'session.ended';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            /** @description of the stream */
            path: string;
            session: {
              id: string;
              /** @enum {string} */
              kind: 'publisher' | 'viewer';
              /** @description path of the stream */
              stream: string;
              protocol: string;
              /** @description address:port */
              remote?: string;
              userAgent?: string;
              /** @description of the URL; the values of token, sig, key and password are hidden */
              query: {
                [key: string]: string;
              };
              /** Format: date-time */
              since: string;
              /** @description of the wire */
              bytesIn: number;
              /** @description of the wire */
              bytesOut: number;
              /** @description how far a viewer is behind the newest frame */
              lagMs: number;
              /** @description frames that a viewer was not given because it was slow */
              drops: number;
              durationMs: number;
              reason: components['schemas']['CloseReason'];
            };
            bytes: number;
            durationMs: number;
            reason: components['schemas']['CloseReason'];
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'traffic.report';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            /** @description of the stream */
            path: string;
            session: components['schemas']['Session'];
            /** @description since the report before */
            bytesDelta: number;
            bytesTotal: number;
            /** @description the session is over */
            final: boolean;
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'pull.state';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            id: string;
            path: string;
            /** @description without its secrets */
            url: string;
            /** @enum {string} */
            state: 'idle' | 'connecting' | 'live' | 'retrying' | 'failed' | 'stopped';
            /** @description tries since it last ran well */
            attempt: number;
            lastError?: {
              code: string;
              message: string;
            };
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'push.state';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            id: string;
            path: string;
            /** @description without its secrets */
            url: string;
            /** @enum {string} */
            state: 'idle' | 'connecting' | 'live' | 'retrying' | 'failed' | 'stopped';
            /** @description tries since it last ran well */
            attempt: number;
            lastError?: {
              code: string;
              message: string;
            };
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'gb28181.device.online';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            id: string;
            /** @enum {string} */
            transport: 'udp' | 'tcp';
            remote: string;
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'gb28181.device.offline';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            id: string;
            reason: string;
          };
        }
      | {
          /** @description unique; for Last-Event-ID */
          id: string;
          /** @constant */
          type: 'gb28181.alarm';
          /** Format: date-time */
          timestamp: string;
          /** @description counts per path, or per type where there is none */
          seq: number;
          data: {
            device: string;
            /** @description id of what raised it: an alarm input, a channel, or the device itself */
            source: string;
            /** Format: date-time */
            time?: string;
            /** @description 1 (most) to 4 */
            priority?: number;
            method?: number;
            type?: number;
            eventType?: number;
            description?: string;
            longitude?: number;
            latitude?: number;
          };
        };
    Playback: {
      id: string;
      /** @description of the stream */
      path: string;
      /** @enum {string} */
      state: 'connecting' | 'playing' | 'paused' | 'ended';
      /** @description from `start` */
      positionSeconds: number;
      speed: number;
      deviceId: string;
      channelId: string;
      /** @enum {string} */
      kind: 'playback' | 'download';
      /** Format: date-time */
      start: string;
      /** Format: date-time */
      end: string;
      fileSizeBytes?: number;
      /** @description why it ended; `finished`: the device sent all of it */
      reason?: string;
    };
    Publisher: {
      sessionId: string;
      protocol: string;
      /** @description address:port */
      remote?: string;
      /** Format: date-time */
      since: string;
      /** @description of the URL; the values of token, sig, key and password are hidden */
      query: {
        [key: string]: string;
      };
    };
    Pull: {
      id: string;
      path: string;
      /** @description without its secrets */
      url: string;
      /** @enum {string} */
      state: 'idle' | 'connecting' | 'live' | 'retrying' | 'failed' | 'stopped';
      /** @description tries since it last ran well */
      attempt: number;
      lastError?: {
        code: string;
        message: string;
      };
      /**
       * Format: date-time
       * @description when it came into this state
       */
      since: string;
      bytes: number;
      /**
       * @description who wants it: a caller of the API, relay.pulls, a viewer by relay.sources
       * @enum {string}
       */
      origin: 'api' | 'config' | 'demand';
      /** @description plugin of the client */
      via: string;
    };
    PullChannel: {
      channelId: string;
      streamId: string;
      path: string;
      ssrc: string;
      /** @enum {string} */
      transport: 'udp' | 'tcp-passive' | 'tcp-active';
      /** @enum {string} */
      portMode: 'single' | 'range';
      ip: string;
      port: number;
      /** @enum {string} */
      state: 'created' | 'receiving' | 'pushing' | 'timeout' | 'pushFailed' | 'closed';
      reason: string;
      firstPacket?: {
        source: string;
        /** Format: date-time */
        at?: string;
      };
      /** Format: date-time */
      lastPacketAt?: string;
      /** @description address:port of the sender */
      source?: string;
      bytes: number;
      packets: number;
      lost: number;
      reordered: number;
      duplicate: number;
      damaged: number;
      jitterMs: number;
      timers: {
        /** Format: date-time */
        createdAt: string;
        /** Format: date-time */
        startedAt?: string;
        /**
         * Format: date-time
         * @description when it is freed unless it is started
         */
        freedAt?: string;
        receiveTimeoutSeconds?: number;
      };
      push?: {
        [key: string]: unknown;
      };
    };
    PullChannelAddress: {
      channelId: string;
      ip: string;
      port: number;
      /** @description ten digits */
      ssrc: string;
      /** @enum {string} */
      transport: 'udp' | 'tcp-passive' | 'tcp-active';
    };
    Push: {
      id: string;
      path: string;
      /** @description without its secrets */
      url: string;
      /** @enum {string} */
      state: 'idle' | 'connecting' | 'live' | 'retrying' | 'failed' | 'stopped';
      /** @description tries since it last ran well */
      attempt: number;
      lastError?: {
        code: string;
        message: string;
      };
      /**
       * Format: date-time
       * @description when it came into this state
       */
      since: string;
      bytes: number;
      /**
       * @description who wants it: a caller of the API, relay.pushes, another plugin
       * @enum {string}
       */
      origin: 'api' | 'rule' | 'plugin';
      /** @description plugin of the client; memory: the target is this server itself */
      via: string;
    };
    Record: {
      name: string;
      /** Format: date-time */
      start: string;
      /** Format: date-time */
      end: string;
      /** @description time, alarm, manual … */
      type: string;
      filePath?: string;
      address?: string;
      recorderId?: string;
      secret: boolean;
      fileSizeBytes?: number;
      /** @description 0 main, 1 sub */
      stream?: number;
    };
    Server: {
      version: string;
      preset: string | null;
      /** @description unique per start */
      instance: string;
      state: string;
      /** Format: date-time */
      startedAt: string;
      /** @description seconds */
      uptime: number;
      plugins: {
        name: string;
        version: string;
        state: string;
      }[];
      addresses: {
        name: string;
        plugin: string;
        /** @enum {string} */
        protocol: 'tcp' | 'udp';
        host: string;
        port: number;
        secure: boolean;
      }[];
      warnings: string[];
      cpu: {
        /** @description of one core, of the last seconds */
        percent: number;
        cores: number;
      };
      /** @description bytes */
      memory: {
        rss: number;
        heapUsed: number;
        heapTotal: number;
        external: number;
        arrayBuffers: number;
      };
    };
    Session: {
      id: string;
      /** @enum {string} */
      kind: 'publisher' | 'viewer';
      /** @description path of the stream */
      stream: string;
      protocol: string;
      /** @description address:port */
      remote?: string;
      userAgent?: string;
      /** @description of the URL; the values of token, sig, key and password are hidden */
      query: {
        [key: string]: string;
      };
      /** Format: date-time */
      since: string;
      /** @description of the wire */
      bytesIn: number;
      /** @description of the wire */
      bytesOut: number;
      /** @description how far a viewer is behind the newest frame */
      lagMs: number;
      /** @description frames that a viewer was not given because it was slow */
      drops: number;
    };
    Stream: {
      path: string;
      /**
       * @description waiting: its tracks are not known yet; lingering: the publisher went, viewers stay for a while
       * @enum {string}
       */
      state: 'waiting' | 'live' | 'lingering';
      /** @description unique per life of a stream */
      instance: string;
      publisher: components['schemas']['Publisher'] | null;
      tracks: components['schemas']['Track'][];
      viewers: number;
      bytesIn: number;
      bytesOut: number;
      /** @description bit/s of the last seconds */
      bitrate: number;
      /** @description length of the newest group of pictures */
      gopMs: number;
      /** @description counters; some sources have more */
      health: {
        lost: number;
        reordered: number;
        duplicate: number;
        timestampRepairs: number;
        resyncs: number;
      } & {
        [key: string]: number;
      };
    };
    StreamTimes: {
      path: string;
      policy: string;
      repairs: {
        [key: string]: number;
      };
      frames: {
        track: number;
        clockRate: number;
        /** @description monotonic */
        receivedAtMs: number;
        /** @description ticks of the clock */
        dts: number;
        /** @description ticks of the clock */
        pts: number;
        /** @description ticks of the clock */
        outDts: number;
        /** @description ticks of the clock */
        outPts: number;
        repair?: string;
      }[];
      repaired: {
        track: number;
        clockRate: number;
        /** @description monotonic */
        receivedAtMs: number;
        /** @description ticks of the clock */
        dts: number;
        /** @description ticks of the clock */
        pts: number;
        /** @description ticks of the clock */
        outDts: number;
        /** @description ticks of the clock */
        outPts: number;
        repair?: string;
      }[];
    };
    Token: {
      id: string;
      /**
       * @description who made it: auth.tokens, or a caller of the API
       * @enum {string}
       */
      origin: 'config' | 'api';
      actions: ('publish' | 'play')[];
      paths: string[];
      /**
       * Format: date-time
       * @description where the API made it
       */
      createdAt?: string;
      /** Format: date-time */
      expiresAt?: string;
    };
    Track: {
      id: string;
      /** @enum {string} */
      kind: 'video' | 'audio' | 'data';
      codec: string;
      width?: number;
      height?: number;
      fps?: number;
      profile?: string;
      /** @description Hz */
      sampleRate?: number;
      channels?: number;
    };
    Webhook: {
      id: string;
      /** @description secrets hidden */
      url: string;
      events: string[];
      /**
       * @description failing from a failure until something arrives
       * @enum {string}
       */
      state: 'ok' | 'failing';
      queued: number;
      queuedBytes: number;
      inFlight: number;
      /** @description since the start of the process, as the next two */
      delivered: number;
      failedTries: number;
      /** @description given up for want of room */
      dropped: number;
      deadLetters: number;
      /** Format: date-time */
      lastDeliveredAt?: string;
      lastFailure?: {
        /** Format: date-time */
        at: string;
        reason: string;
      };
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  getServer: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Server'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  stopPlugin: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  getConfig: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['ConfigValue'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listStreams: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Stream'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  getStream: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description path of the stream; its slashes may be encoded */
        path: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Stream'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  endStream: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description path of the stream; its slashes may be encoded */
        path: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  getSnapshot: {
    parameters: {
      query?: {
        /** @description pixels; alone it keeps the shape */
        width?: number;
        /** @description pixels */
        height?: number;
      };
      header?: never;
      path: {
        /** @description path of the stream; its slashes may be encoded */
        path: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a JPEG */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'image/jpeg': string;
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listSessions: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
        /** @description sessions of this stream only */
        stream?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Session'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  endSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listDevices: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Device'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listChannels: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Channel'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  refreshCatalog: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            channels: number;
            /** @description how many the device said there are */
            expected: number;
            complete: boolean;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  playChannel: {
    parameters: {
      query?: {
        /** @description which device, where two share the channel id */
        device?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          /**
           * @description how the device shall send
           * @enum {string}
           */
          transport?: 'udp' | 'tcp-passive' | 'tcp-active';
          /**
           * @description the shared port, or one of its own
           * @enum {string}
           */
          port?: 'single' | 'range';
          /** @description which stream of the channel: 0 main, 1 sub */
          stream?: number;
        };
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            path: string;
            /** @enum {string} */
            state: 'live';
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  stopChannel: {
    parameters: {
      query?: {
        /** @description which device, where two share the channel id */
        device?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  moveCamera: {
    parameters: {
      query?: {
        /** @description which device, where two share the channel id */
        device?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description right is positive
           * @default 0
           */
          pan?: number;
          /**
           * @description up is positive
           * @default 0
           */
          tilt?: number;
          /**
           * @description in is positive
           * @default 0
           */
          zoom?: number;
        };
      };
    };
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listRecords: {
    parameters: {
      query: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
        /** @description which device, where two share the channel id */
        device?: string;
        /** @description ISO 8601 with a zone */
        start: string;
        /** @description ISO 8601 with a zone */
        end: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Record'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
            /** @description how many the device said there are */
            expected: number;
            /** @description false where pages of the device stayed out */
            complete: boolean;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  createPlayback: {
    parameters: {
      query?: {
        /** @description which device, where two share the channel id */
        device?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * Format: date-time
           * @description ISO 8601 with a zone
           */
          start: string;
          /**
           * Format: date-time
           * @description ISO 8601 with a zone
           */
          end: string;
          /** @description times as fast as it was recorded; negative plays backwards where the device can */
          speed?: number;
          /**
           * @description download: as a file, as fast as `speed` says
           * @enum {string}
           */
          kind?: 'playback' | 'download';
          /**
           * @description how the device shall send
           * @enum {string}
           */
          transport?: 'udp' | 'tcp-passive' | 'tcp-active';
          /**
           * @description the shared port, or one of its own
           * @enum {string}
           */
          port?: 'single' | 'range';
          /** @description which stream of the channel: 0 main, 1 sub */
          stream?: number;
        };
      };
    };
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Playback'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  getPlayback: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Playback'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  endPlayback: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  pausePlayback: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Playback'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  resumePlayback: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Playback'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  seekPlayback: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description from `start` */
          positionSeconds: number;
        };
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Playback'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  speedPlayback: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description times as fast as it was recorded; negative plays backwards where the device can */
          speed: number;
        };
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Playback'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listPulls: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Pull'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  createPull: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description stream here */
          path: string;
          /** @description rtmp[s]:// or rtsp[s]://HOST[:PORT]/APP/NAME[?QUERY]; a pull takes http[s]://….flv too; relay.allow says which hosts */
          url: string;
          /** @description wait before the second try, doubled each time; 1000 by default */
          retryIntervalMs?: number;
          /**
           * @description how media travels, where the protocol has a choice
           * @enum {string}
           */
          transport?: 'auto' | 'tcp' | 'udp';
          /** @description tries after a failure before it gives up; 5 by default */
          retries?: number;
          /** @description ends so long after the last viewer left, until the next one asks; without, it runs whether anybody watches or not */
          idleSeconds?: number;
        };
      };
    };
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Pull'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  getPull: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Pull'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  endPull: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listPushes: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Push'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  createPush: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description stream here; it may come later, go and come back */
          path: string;
          /** @description rtmp[s]:// or rtsp[s]://HOST[:PORT]/APP/NAME[?QUERY]; a pull takes http[s]://….flv too; relay.allow says which hosts */
          url: string;
          /** @description wait before the second try, doubled each time; 1000 by default */
          retryIntervalMs?: number;
          /**
           * @description how media travels, where the protocol has a choice
           * @enum {string}
           */
          transport?: 'auto' | 'tcp' | 'udp';
          /** @description tries after a failure before it gives up; without, it never does */
          retries?: number;
        };
      };
    };
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Push'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  getPush: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Push'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  endPush: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listTokens: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Token'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  createToken: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description what it lets do */
          actions: ('publish' | 'play')[];
          /** @description where: stream paths with `*` for any part of a name, `**` for any number of names */
          paths: string[];
          /**
           * Format: date-time
           * @description when it ends; without it, when it is deleted
           */
          expiresAt?: string;
        };
      };
    };
    responses: {
      /** @description Created */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedToken'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  revokeToken: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  events: {
    parameters: {
      query?: {
        /** @description comma-separated types, `stream.*` for all of a kind */
        types?: string;
      };
      header?: {
        /** @description `id` of the last event that came: goes on after it */
        'last-event-id'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description events until one side ends it */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  createPullChannel: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description the stream is gb/STREAM-ID */
          streamId: string;
          /** @description ten digits; default a free one */
          ssrc?: string;
          /**
           * @description how the sender sends
           * @default udp
           * @enum {string}
           */
          transport?: 'udp' | 'tcp-passive' | 'tcp-active';
          /**
           * @description the shared port, or one of its own
           * @default single
           * @enum {string}
           */
          port?: 'single' | 'range';
          /** @description silence that ends it; default rtp-ps.receiveTimeoutSeconds */
          receiveTimeoutSeconds?: number;
          /** @description what payload types are: { "96": "H264/90000" } */
          payloadMap?: {
            [key: string]: string;
          };
          /** @description session description of what will come */
          sdp?: string;
          /** @description rtmp://HOST[:PORT]/APP/NAME that the stream is forwarded to */
          pushUrl?: string;
        };
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PullChannelAddress'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  startPullChannel: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          channelId: string;
          /** @description tcp-active: where to connect to */
          remoteIp?: string;
          /** @description tcp-active: where to connect to */
          remotePort?: number;
        };
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PullChannelAddress'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  deletePullChannel: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          channelId: string;
        };
      };
    };
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            channelId: string;
            /** @enum {string} */
            state: 'closed';
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listPushChannels: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['PullChannel'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  getTimestamps: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description path of the stream; its slashes may be encoded */
        path: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StreamTimes'];
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listWebhooks: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Webhook'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  listDeadLetters: {
    parameters: {
      query?: {
        /** @description most items of the answer */
        limit?: number;
        /** @description `next` of the answer before */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OK */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['DeadLetter'][];
            /** @description cursor of what follows; left out where nothing does */
            next?: string;
          };
        };
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  retryDeadLetter: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
  deleteDeadLetter: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Error'];
        };
      };
    };
  };
}
