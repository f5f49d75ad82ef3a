import type { Buffer } from 'node:buffer';
import type { Frame } from '@sluice/core';
import type { PayloadLayout } from './frame-packetizer.js';
import type { PacketWriter } from './packet-writer.js';

/** How a codec's NAL units stand in RTP payloads. */
export interface NalPacketRules {
  /** Bytes of the NAL header, which a fragment carries otherwise. */
  readonly nalHeaderBytes: number;
  /** Bytes before the data of a fragment. */
  readonly fragmentHeaderBytes: number;
  /** Bytes before the first unit of an aggregate. */
  readonly aggregateHeaderBytes: number;
  /** What is sent of a frame: parameter sets stand in front of key pictures. */
  unitsOf(frame: Frame): readonly Buffer[];
  isSlice(unit: Buffer): boolean;
  writeFragmentHeader(unit: Buffer, isFirst: boolean, isLast: boolean, bytes: Buffer, at: number): void;
  writeAggregateHeader(units: readonly Buffer[], from: number, to: number, bytes: Buffer, at: number): void;
}

const AGGREGATE_SIZE_BYTES = 2;

/**
 * NAL units in packets: each in one of its own, in several where it is too large, and what stands before the slices (parameter sets, SEI)
 * together in one. The marker is on the last packet of a picture.
 */
export class NalLayout implements PayloadLayout {
  readonly #rules: NalPacketRules;
  /** For each packet or fragmented unit, the index of the unit behind its last. Kept for the next frame, as it is made for each. */
  readonly #groupEnds: number[] = [];

  constructor(rules: NalPacketRules) {
    this.#rules = rules;
  }

  write(frame: Frame, timestamp: number, writer: PacketWriter): boolean {
    const units = this.#rules.unitsOf(frame);
    if (!this.#plan(units, writer)) return false;
    let from = 0;
    for (let i = 0; i < this.#groupEnds.length; i++) {
      const to = this.#groupEnds[i] as number;
      const isLast = i === this.#groupEnds.length - 1;
      if (to - from > 1) this.#aggregate(units, from, to, timestamp, isLast, writer);
      else this.#unit(units[from] as Buffer, timestamp, isLast, writer);
      from = to;
    }
    return true;
  }

  /** Groups the units and makes room for their packets. False where there are none. */
  #plan(units: readonly Buffer[], writer: PacketWriter): boolean {
    const ends = this.#groupEnds;
    ends.length = 0;
    let packets = 0;
    let payloadBytes = 0;
    for (let from = 0; from < units.length; from = ends[ends.length - 1] as number) {
      const to = this.#groupEnd(units, from, writer.maxPayload);
      ends.push(to);
      const unit = units[from] as Buffer;
      if (to - from > 1) {
        packets++;
        payloadBytes += this.#rules.aggregateHeaderBytes;
        for (let i = from; i < to; i++) payloadBytes += AGGREGATE_SIZE_BYTES + (units[i] as Buffer).length;
      } else if (unit.length <= writer.maxPayload) {
        packets++;
        payloadBytes += unit.length;
      } else {
        const data = unit.length - this.#rules.nalHeaderBytes;
        const fragments = Math.ceil(data / (writer.maxPayload - this.#rules.fragmentHeaderBytes));
        packets += fragments;
        payloadBytes += data + fragments * this.#rules.fragmentHeaderBytes;
      }
    }
    if (packets === 0) return false;
    writer.begin(packets, payloadBytes);
    return true;
  }

  /** How many units from `from` on go into one packet: as many as fit, as long as they are no slices. */
  #groupEnd(units: readonly Buffer[], from: number, maxPayload: number): number {
    let bytes = this.#rules.aggregateHeaderBytes;
    let to = from;
    for (; to < units.length; to++) {
      const unit = units[to] as Buffer;
      bytes += AGGREGATE_SIZE_BYTES + unit.length;
      if (bytes > maxPayload || this.#rules.isSlice(unit)) break;
    }
    return Math.max(to, from + 1);
  }

  #aggregate(units: readonly Buffer[], from: number, to: number, timestamp: number, isLast: boolean, writer: PacketWriter): void {
    let size = this.#rules.aggregateHeaderBytes;
    for (let i = from; i < to; i++) size += AGGREGATE_SIZE_BYTES + (units[i] as Buffer).length;
    let at = writer.packet(size, timestamp, isLast);
    const { bytes } = writer;
    this.#rules.writeAggregateHeader(units, from, to, bytes, at);
    at += this.#rules.aggregateHeaderBytes;
    for (let i = from; i < to; i++) {
      const unit = units[i] as Buffer;
      at = bytes.writeUInt16BE(unit.length, at);
      at += unit.copy(bytes, at);
    }
  }

  #unit(unit: Buffer, timestamp: number, isLast: boolean, writer: PacketWriter): void {
    const { maxPayload } = writer;
    if (unit.length <= maxPayload) {
      unit.copy(writer.bytes, writer.packet(unit.length, timestamp, isLast));
      return;
    }
    const { fragmentHeaderBytes, nalHeaderBytes } = this.#rules;
    const room = maxPayload - fragmentHeaderBytes;
    for (let from = nalHeaderBytes; from < unit.length; from += room) {
      const to = Math.min(unit.length, from + room);
      const isEnd = to === unit.length;
      const at = writer.packet(fragmentHeaderBytes + to - from, timestamp, isLast && isEnd);
      this.#rules.writeFragmentHeader(unit, from === nalHeaderBytes, isEnd, writer.bytes, at);
      unit.copy(writer.bytes, at + fragmentHeaderBytes, from, to);
    }
  }
}
