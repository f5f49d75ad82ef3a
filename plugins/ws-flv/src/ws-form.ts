import type { WireForm } from '@sluice/core';
import { flvForm, flvLegacyHevcForm } from '@sluice/plugin-format-flv';
import { binaryFrameHeader } from './proto/frame-header.js';

/** The same bytes in binary WebSocket messages, a message per batch, made once for all viewers. */
function inMessages(form: WireForm, name: string): WireForm {
  return { ...form, name, envelope: binaryFrameHeader };
}

/** FLV in WebSocket messages. */
export const wsFlvForm: WireForm = inMessages(flvForm, 'ws-flv');

/** The same with H.265 as codec id 12. */
export const wsFlvLegacyHevcForm: WireForm = inMessages(flvLegacyHevcForm, 'ws-flv-hevc12');
