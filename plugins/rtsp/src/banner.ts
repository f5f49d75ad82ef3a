import type { BannerSource } from '@sluice/core';

/** How to publish and play, for the banner of a start. */
export const rtspBanner: BannerSource = ({ host, addresses }) => {
  const address = addresses.find(({ plugin, name }) => plugin === 'rtsp' && name === 'rtsp');
  if (address === undefined) return [];
  const url = `rtsp://${host}:${address.port}`;
  return [
    { label: 'Publish RTSP', text: `ffmpeg -re -i FILE -c copy -f rtsp -rtsp_transport tcp ${url}/live/app` },
    { label: 'Play RTSP', text: `ffplay -rtsp_transport tcp ${url}/live/demo` },
  ];
};
