/** The status code that a refused `publish` is answered with, by HTTP-like status. */
export function publishStatus(status: number | undefined): string {
  if (status === 401 || status === 403) return 'NetStream.Publish.Denied';
  return status === undefined || status >= 500 ? 'NetStream.Publish.Failed' : 'NetStream.Publish.BadName';
}

/** The status code that a refused `play` is answered with. */
export function playStatus(status: number | undefined): string {
  return status === 404 ? 'NetStream.Play.StreamNotFound' : 'NetStream.Play.Failed';
}
