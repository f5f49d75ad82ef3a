import type { BannerLine, BannerSource } from '@sluice/core';

/** How to publish and play, for the banner of a start. */
export const rtmpBanner: BannerSource = ({ host, addresses }) =>
  addresses.flatMap(({ plugin, secure, port }): BannerLine[] => {
    if (plugin !== 'rtmp') return [];
    const [name, url] = secure ? ['RTMPS', `rtmps://${host}:${port}`] : ['RTMP', `rtmp://${host}:${port}`];
    return [
      { label: `Publish ${name}`, text: `ffmpeg -re -i FILE -c copy -f flv ${url}/live/app` },
      { label: `Play ${name}`, text: `ffplay ${url}/live/demo` },
    ];
  });
