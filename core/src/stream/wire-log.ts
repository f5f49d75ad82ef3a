/** One piece of ready-made wire bytes. Refers to no object but its bytes. */
export interface WireEntry {
  /** True where a viewer can begin. */
  readonly key: boolean;
  /** Decoding time in milliseconds of the stream's time line. */
  readonly dtsMs: number;
  readonly bytes: Buffer;
  /** Offsets in `bytes` at which units end; left out, `bytes` is one unit. */
  readonly boundaries: readonly number[] | undefined;
  /** Bytes of all entries before this one since the log began. */
  readonly position: number;
}

/** A numbered, bounded log of wire entries; the newest key entry is known. Sequence numbers never repeat. */
export class WireLog {
  #entries: WireEntry[] = [];
  #first = 0;
  #position = 0;
  #keySeq = -1;

  /** Sequence number of the oldest entry kept. */
  get start(): number {
    return this.#first;
  }
  /** Sequence number of the next entry. */
  get end(): number {
    return this.#first + this.#entries.length;
  }
  /** Sequence number of the newest entry at which a viewer can begin, or -1. */
  get keySeq(): number {
    return this.#keySeq >= this.#first ? this.#keySeq : -1;
  }
  /** Bytes ever appended. */
  get position(): number {
    return this.#position;
  }
  /** Bytes kept. */
  get bytes(): number {
    return this.#position - (this.#entries[0]?.position ?? this.#position);
  }
  /** Time of the newest entry in ms. */
  get newestMs(): number {
    return this.#entries.at(-1)?.dtsMs ?? 0;
  }

  at(seq: number): WireEntry | undefined {
    return this.#entries[seq - this.#first];
  }

  append(key: boolean, dtsMs: number, bytes: Buffer, boundaries: readonly number[] | undefined): void {
    if (key) this.#keySeq = this.end;
    this.#entries.push({ key, dtsMs, bytes, boundaries, position: this.#position });
    this.#position += bytes.length;
  }

  /** Forgets what nobody needs: older than both the newest group and `keepMs`, and always all beyond `maxBytes`. */
  trim(keepMs: number, maxBytes: number): void {
    const entries = this.#entries;
    const keepFrom = this.keySeq < 0 ? this.end : this.keySeq;
    const oldestMs = this.newestMs - keepMs;
    const oldestPosition = this.#position - maxBytes;
    let drop = 0;
    for (; drop < entries.length - 1; drop++) {
      const entry = entries[drop] as WireEntry;
      const wanted = this.#first + drop >= keepFrom || entry.dtsMs >= oldestMs;
      if (wanted && entry.position >= oldestPosition) break;
    }
    // Cutting the array's head moves all that stays, so it is done in larger steps, unless there are too many bytes.
    if (drop > 32 || drop > entries.length / 2 || (drop > 0 && this.bytes > maxBytes)) {
      this.#entries = entries.slice(drop);
      this.#first += drop;
    }
  }

  /** The bytes of entries `from` up to `to`, joined, behind what `envelope` puts before them; the entry's own buffer where it is one and goes alone. */
  join(from: number, to: number, envelope?: (length: number) => Buffer): Buffer {
    const first = this.#entries[from - this.#first] as WireEntry;
    if (to - from === 1 && envelope === undefined) return first.bytes;
    const endPosition = to === this.end ? this.#position : (this.#entries[to - this.#first] as WireEntry).position;
    const length = endPosition - first.position;
    const head = envelope?.(length);
    let offset = head?.length ?? 0;
    const joined = Buffer.allocUnsafe(offset + length);
    if (head !== undefined) joined.set(head);
    for (let seq = from; seq < to; seq++) {
      const { bytes } = this.#entries[seq - this.#first] as WireEntry;
      joined.set(bytes, offset);
      offset += bytes.length;
    }
    return joined;
  }
}
