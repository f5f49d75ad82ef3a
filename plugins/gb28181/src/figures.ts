import { countBy, type Figure } from '@sluice/core';
import type { Gb28181Service } from './service.js';

/** How many devices there are. */
export function deviceFigure(service: Pick<Gb28181Service, 'devices'>): Figure {
  return {
    name: 'sluice_gb28181_devices',
    help: 'Devices that are known, by whether they are online',
    kind: 'gauge',
    label: 'state',
    read: () => countBy(service.devices(), ['online', 'offline'], ({ online }) => (online ? 'online' : 'offline')),
  };
}
