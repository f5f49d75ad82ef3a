import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program can be started: a file, or a name in PATH. */
export function hasProgram(command: string, path = process.env.PATH ?? ''): boolean {
  const named = command.includes('/') || command.includes('\\');
  const files = named ? [command] : path.split(delimiter).flatMap((folder) => ['', '.exe'].map((suffix) => join(folder, command + suffix)));
  return files.some((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
