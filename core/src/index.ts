export {
  type Command,
  type CommandArguments,
  type CommandContext,
  type CommandDefinition,
  type CommandOption,
  type CommandOptions,
  defineCommand,
  isCommand,
} from './cli/define-command.js';
export { ConfigError, type ConfigMistake } from './config/config-error.js';
export type { ConfigByName, ConfigLayer, ConfigOf, EngineConfig } from './config/config-types.js';
export type { EngineSettings } from './config/engine-schema.js';
export { tlsConfig } from './config/tls-schema.js';
export { createEngine, type Engine, type EngineOptions } from './engine.js';
export { messageOf, SluiceError, type SluiceErrorDetails } from './error.js';
export { EVENT_PATTERN, eventTypes } from './hooks/event-types.js';
export type { ReportEvent, ReportEvents, ReportType, TrafficReport } from './hooks/events.js';
export type { DemandRequest, DemandVerdict, HookTaps, IdleRequest, IdleVerdict, ShutdownRequest, TapOptions } from './hooks/hooks.js';
export type { LogEntry } from './hooks/log-lines.js';
export { type EventMemory, eventCounter, eventMemory } from './hooks/reports.js';
export { type Cancel, type Clock, systemClock } from './kernel/clock.js';
export type { ErrorCount } from './kernel/error-counters.js';
export { folderInside } from './kernel/folder-inside.js';
export type { Guess, Guesses } from './kernel/guesses.js';
export { isKnownSecret } from './kernel/known-secrets.js';
export { createLogger, escapeControls, type LoggerOptions, type RateLimitedLog, rateLimited } from './kernel/logger.js';
export { redactParameters, redactQuery, redactText, redactUrl } from './kernel/redact.js';
export { replaceFile } from './kernel/replace-file.js';
export { BitReader } from './media/bit-reader.js';
export { ByteReader, OutOfBytesError } from './media/byte-reader.js';
export { ByteWriter } from './media/byte-writer.js';
export { createFrame, type Frame, shiftFrame } from './media/frame.js';
export type { CodecDescriptor, FrameBuilder, FrameBuilderOptions } from './media/frame-builder.js';
export { Slab } from './media/slab.js';
export { rescale, Unwrapper } from './media/time.js';
export { type CodecName, type CodecParametersByName, parametersOf, sameTrack, type Track, type TrackInfo, type TrackKind } from './media/track.js';
export { type BannerFacts, type BannerLine, type BannerSource, banner, type KeptSecret } from './plugin/banner.js';
export { definePlugin, isPlugin } from './plugin/define-plugin.js';
export { countBy, type Figure, figures } from './plugin/figures.js';
export { type BroughtBy, type ExtensionPoint, extensionPoint, type ServiceToken, service } from './plugin/service.js';
export type { ConfigEntry, EngineInfo, Plugin, PluginContext, PluginDefinition, RehearsalSource, RequiredService } from './plugin/types.js';
export { definePreset, isPreset, type PluginEntry, type PluginList, type Preset, type PresetDefinition } from './preset/define-preset.js';
export type { AccessAction, AccessRequest, Credentials, Grant, Peer, Verdict } from './stream/access.js';
export { type CloseCode, type CloseReason, closeReason } from './stream/close-reason.js';
export { type IngestFilter, type IngestFilterFactory, type IngestSource, ingestFilters } from './stream/ingest-filter.js';
export { clientFor, type Link, type LinkOptions, type LinkTarget, type LinkTransport, pullEnd, type StreamClient, streamClients } from './stream/link.js';
export { isPathPattern, pathPattern, wildcardsOf } from './stream/path-pattern.js';
export type { EndedSession, SessionInfo, SessionKind } from './stream/session.js';
export { checkStreamPath, isStreamPath } from './stream/stream-path.js';
export {
  type DerivedOutput,
  type TrackAcceptance,
  type TrackDerivation,
  type TrackDeriver,
  type TrackOffer,
  trackDerivers,
} from './stream/track-deriver.js';
export type {
  LocatedStream,
  LocateOptions,
  Publisher,
  PublisherControls,
  PublishOptions,
  StreamInfo,
  StreamState,
  Streams,
  StreamTrackInfo,
  SubscribeOptions,
  Subscription,
  Viewer,
  ViewerSink,
  ViewOptions,
} from './stream/types.js';
export type { WireForm, WireMuxer, WireOutput } from './stream/wire-form.js';
export { formatAddress, isLoopbackHost, plainAddress } from './transport/address.js';
export type { CertificateSource } from './transport/certificate.js';
export { type Flow, type FlowReceiver, MAX_FLOW_NOTE_BYTES, tcpFlow, udpFlow } from './transport/flow.js';
export { endSocket, socketSink } from './transport/socket-sink.js';
export { bindBoth } from './transport/transport.js';
export type {
  AcceptedConnection,
  BindUdpOptions,
  ConnectTcpOptions,
  DatagramHandler,
  ListenAddress,
  Listener,
  ListenTcpOptions,
  Transport,
  UdpPort,
} from './transport/types.js';
export { watchUnsent } from './transport/unsent.js';
export { VERSION } from './version.js';
