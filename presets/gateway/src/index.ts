import { definePreset } from '@sluice/core';
import api from '@sluice/plugin-api';
import auth from '@sluice/plugin-auth';
import gatewayControl from '@sluice/plugin-gateway-control';
import gb28181 from '@sluice/plugin-gb28181';
import http from '@sluice/plugin-http';
import httpFlv from '@sluice/plugin-http-flv';
import metrics from '@sluice/plugin-metrics';
import relay from '@sluice/plugin-relay';
import rtmp from '@sluice/plugin-rtmp';
import rtpPs from '@sluice/plugin-rtp-ps';
import rtsp from '@sluice/plugin-rtsp';
import sip from '@sluice/plugin-sip';
import streamLog from '@sluice/plugin-stream-log';
import timestamps from '@sluice/plugin-timestamps';
import transcode from '@sluice/plugin-transcode';

/** GB28181 cameras in, signalled here or by cc; RTSP, RTMP and HTTP-FLV out. */
export default definePreset({
  name: 'gateway',
  plugins: [sip, gb28181, rtpPs, rtsp, rtmp, relay, gatewayControl, timestamps, transcode, http, httpFlv, auth, api, metrics, streamLog],
});
