import type { BannerSource } from '@sluice/core';

/** How to publish and play, for the banner of a start. */
export const rtmpBanner: BannerSource = ({ host, addresses }) => {
  const address = addresses.find(({ plugin }) => plugin === 'rtmp');
  if (address === undefined) return [];
  const url = `${address.secure ? 'rtmps' : 'rtmp'}://${host}:${address.port}`;
  return [
    { label: 'Publish RTMP', text: `ffmpeg -re -i FILE -c copy -f flv ${url}/live/app` },
    { label: 'Play RTMP', text: `ffplay ${url}/live/demo` },
  ];
};
