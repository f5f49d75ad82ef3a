const FILE = /^(\d{4}-\d{2}-\d{2})\.log$/;

/** The file of a day. */
export function fileName(day: string): string {
  return `${day}.log`;
}

/** The day of a file; `undefined` for what is none of ours. */
export function dayOf(name: string): string | undefined {
  return FILE.exec(name)?.[1];
}

/** Names of the folders of a stream. A part that looks like one of our files is another name, which no stream can have. */
export function folderNames(path: string): string[] {
  return path.split('/').map((part) => (FILE.test(part) ? `${part}@` : part));
}
