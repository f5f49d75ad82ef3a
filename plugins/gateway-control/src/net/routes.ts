import { type ApiApp, type FailureCases, failures, pageOf, pageQuery } from '@sluice/plugin-api/service';
import { channelAnswer, channelList, createBody, deleteAnswer, deleteBody, startBody } from './calls.js';
import type { ChannelTable } from './channels.js';

const tags = ['cc'];
const createFailures: FailureCases = {
  ERR_CC_STREAM_ID: [400, "'a b' is no name for a stream"],
  ERR_RTP_SSRC: [400, '9999999999 is more than 32 bits'],
  ERR_RTP_PAYLOAD: [400, "payloadMap: '96' is neither CODEC/CLOCK nor known"],
  ERR_RELAY_TARGET: [403, '127.0.0.1 is not in relay.allow'],
  ERR_CC_STREAM_EXISTS: [409, 'gate-3 is received already'],
  ERR_RTP_SSRC_BUSY: [409, '0200000001 is received already'],
  ERR_RTP_NO_PORT: [503, 'none of rtp-ps.portRange is free'],
  ERR_CC_TOO_MANY_CHANNELS: [503, 'gateway-control.maxChannels'],
};
const noChannel: FailureCases = { ERR_CC_CHANNEL_UNKNOWN: [404, 'no channel 01JX6D2Q'] };
const startFailures: FailureCases = {
  ERR_CC_REMOTE: [400, 'tcp-active needs remoteIp and remotePort'],
  ...noChannel,
  ERR_CC_CHANNEL_ENDED: [409, 'it ended while it was being started'],
  ERR_RTP_CONNECT: [502, '192.0.2.20:20000 cannot be connected to'],
};

/** The four calls of cc, below `/api/v1`. */
export function addRoutes(app: ApiApp, channels: ChannelTable): void {
  const create = {
    operationId: 'createPullChannel',
    summary: 'Takes an SSRC and a port for a stream that will be sent here',
    tags,
    body: createBody,
    response: { 200: channelAnswer, ...failures(createFailures) },
  };
  app.post('/create_pullChannel', { schema: create }, (request) => channels.create(request.body) as Promise<never>);
  const start = {
    operationId: 'startPullChannel',
    summary: 'Starts receiving; connects out for tcp-active',
    tags,
    body: startBody,
    response: { 200: channelAnswer, ...failures(startFailures) },
  };
  app.post('/start_pullChannel', { schema: start }, (request) => {
    const { channelId, ...rest } = request.body;
    return channels.start(channelId, rest) as Promise<never>;
  });
  const remove = {
    operationId: 'deletePullChannel',
    summary: 'Ends a channel and its stream',
    tags,
    body: deleteBody,
    response: { 200: deleteAnswer, ...failures(noChannel) },
  };
  app.post('/delete_pullChannel', { schema: remove }, async (request) => {
    await channels.delete(request.body.channelId);
    return { channelId: request.body.channelId, state: 'closed' } as never;
  });
  const list = { operationId: 'listPushChannels', summary: 'The channels', tags, querystring: pageQuery, response: { 200: channelList } };
  app.get('/get_pushChannels', { schema: list }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(channels.infos(), ({ channelId }) => channelId, limit, cursor) as never;
  });
}
