/** Makes `count` channels of those there are: the mean of all for one, the first two or twice the one for two. */
export function mixChannels(channels: readonly Float32Array[], count: number): Float32Array[] {
  if (channels.length === count) return [...channels];
  const [first, second = first] = channels;
  if (first === undefined || second === undefined) return [];
  if (count !== 1) return [first, second];
  const mixed = new Float32Array(first.length);
  for (const channel of channels) for (let i = 0; i < mixed.length; i++) mixed[i] = (mixed[i] as number) + (channel[i] as number) / channels.length;
  return [mixed];
}
