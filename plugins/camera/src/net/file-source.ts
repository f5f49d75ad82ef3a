import { type FileHandle, open } from 'node:fs/promises';
import { messageOf } from '@sluice/core';
import type { Mp4Source } from '@sluice/plugin-format-mp4';
import { cameraError } from '../errors.js';

/** Files up to this are kept in memory: a hundred cameras read them at once. */
const MAX_KEPT_BYTES = 64 << 20;

/** An open file. */
export interface FileSource extends Mp4Source {
  close(): Promise<void>;
}

/** Opens a file for reading in pieces. Rejects with `ERR_CAMERA_FILE`. */
export async function openFile(path: string): Promise<FileSource> {
  try {
    const file = await open(path);
    const { size } = await file.stat();
    if (size > MAX_KEPT_BYTES) return { size, read: (offset, length) => readAt(file, offset, Math.min(length, size - offset)), close: () => file.close() };
    const bytes = await file.readFile();
    await file.close();
    return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length), close: async () => undefined };
  } catch (error) {
    throw cameraError('ERR_CAMERA_FILE', `${path} cannot be read: ${messageOf(error)}`, error);
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, length));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
  return buffer.subarray(0, bytesRead);
}
