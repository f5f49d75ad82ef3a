/** First part of the paths that segments are under. */
const FOLDER = 'hls';

/** A segment file as its URL names it. */
export interface MediaFile {
  /** Key of what made it. */
  readonly key: string;
  readonly file: string;
}

/** Relative addresses of segment files, for a playlist at `requestPath` (without query), which is below `basePath`: proxies may serve all of it elsewhere. */
export function mediaUrlMaker(requestPath: string, basePath: string, key: string, session: string): (file: string) => string {
  const folders = requestPath.slice(basePath.length + 1).split('/').length - 1;
  const prefix = `${'../'.repeat(folders)}${FOLDER}/${key}/`;
  return (file) => `${prefix}${file}?session=${session}`;
}

/** The file that a path without its suffix stands for. Names are only ever looked up, never joined to a folder. */
export function parseMediaPath(path: string, suffix: string): MediaFile | undefined {
  const [folder, key, name, ...more] = path.split('/');
  if (folder !== FOLDER || key === undefined || name === undefined || more.length > 0) return undefined;
  return { key, file: `${name}.${suffix}` };
}
