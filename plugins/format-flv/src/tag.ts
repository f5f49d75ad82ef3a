/** TagType of FLV and type of an RTMP message (FLV specification E.4.1, RTMP 7.1). */
export const FlvTagType = { audio: 8, video: 9, script: 18 } as const;

/** Packet types of the extended headers (Enhanced RTMP v2, ExVideoTagHeader and ExAudioTagHeader). */
export const FlvPacketType = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  codedFramesX: 3,
  metadata: 4,
  multichannelConfig: 4,
  mpeg2TsSequenceStart: 5,
  audioMultitrack: 5,
  videoMultitrack: 6,
  modEx: 7,
} as const;

/** FrameType of a video tag. */
export const FlvFrameType = { key: 1, inter: 2, command: 5 } as const;

/** SoundFormat that says: extended header. */
export const EX_AUDIO_HEADER = 9;

/** SoundRate, SoundSize and SoundType of an audio tag whose format says all by itself (AAC: 44 kHz, 16 bit, stereo; FLV specification E.4.2.1). */
export const AAC_SOUND_FLAGS = 0x0f;
