/** Report events of this plugin. */
declare module '@sluice/core' {
  interface ReportEvents {
    'gb28181.device.online': { readonly id: string; readonly transport: 'udp' | 'tcp'; readonly remote: string };
    'gb28181.device.offline': {
      readonly id: string;
      /** `unregistered`, `expired`, `keepalive`, `disconnected`, `moved` or `shutdown`. */
      readonly reason: string;
    };
  }
}

export {};
