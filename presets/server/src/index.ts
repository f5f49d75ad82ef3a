import { definePreset } from '@sluice/core';
import api from '@sluice/plugin-api';
import auth from '@sluice/plugin-auth';
import console from '@sluice/plugin-console';
import hls from '@sluice/plugin-hls';
import http from '@sluice/plugin-http';
import httpFlv from '@sluice/plugin-http-flv';
import metrics from '@sluice/plugin-metrics';
import relay from '@sluice/plugin-relay';
import reportHttp from '@sluice/plugin-report-http';
import rtmp from '@sluice/plugin-rtmp';
import rtsp from '@sluice/plugin-rtsp';
import snapshot from '@sluice/plugin-snapshot';
import streamLog from '@sluice/plugin-stream-log';
import timestamps from '@sluice/plugin-timestamps';
import transcode from '@sluice/plugin-transcode';
import wsFlv from '@sluice/plugin-ws-flv';

/** RTMP and RTSP in; RTMP, RTSP, HTTP-FLV, WebSocket-FLV, HLS and a player page out; webhooks. */
export default definePreset({
  name: 'server',
  plugins: [rtmp, rtsp, relay, timestamps, transcode, http, httpFlv, wsFlv, hls, snapshot, auth, api, reportHttp, console, metrics, streamLog],
});
