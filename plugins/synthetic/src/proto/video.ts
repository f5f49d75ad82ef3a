import { type VideoFormat, writePps, writeSps } from './h264-parameters.js';
import { H264Writer } from './h264-writer.js';
import { type CardContent, TestCard } from './test-card.js';

/** The picture side of a synthetic camera: what to show goes in, NAL units come out. */
export class SyntheticVideo {
  readonly sps: Buffer;
  readonly pps: Buffer;
  readonly #card: TestCard;
  readonly #writer: H264Writer;

  constructor(format: VideoFormat, name: string) {
    this.sps = writeSps(format);
    this.pps = writePps();
    this.#card = new TestCard(format, name);
    this.#writer = new H264Writer(this.#card.picture);
  }

  /** The NAL units of the next picture, without framing; a key frame has the parameter sets in front. The first one must be a key frame. */
  picture(content: CardContent, key: boolean): Buffer[] {
    this.#card.show(content);
    const slice = this.#writer.write(key);
    return key ? [this.sps, this.pps, slice] : [slice];
  }
}
