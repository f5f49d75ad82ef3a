/** The status code that a refused `publish` is answered with, by HTTP-like status. */
export function publishStatus(status: number | undefined): string {
  if (status === 401 || status === 403) return 'NetStream.Publish.Denied';
  return status === undefined || status >= 500 ? 'NetStream.Publish.Failed' : 'NetStream.Publish.BadName';
}

/** Missing here, or to be had nowhere else. */
const NOT_FOUND = new Set([404, 502, 504]);

/** The status code that a refused `play` is answered with. */
export function playStatus(status: number | undefined): string {
  return status !== undefined && NOT_FOUND.has(status) ? 'NetStream.Play.StreamNotFound' : 'NetStream.Play.Failed';
}
