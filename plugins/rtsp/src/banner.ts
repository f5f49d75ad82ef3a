import type { BannerLine, BannerSource } from '@sluice/core';

/** How to publish and play, for the banner of a start. */
export const rtspBanner: BannerSource = ({ host, addresses }) =>
  addresses.flatMap(({ plugin, protocol, secure, port }): BannerLine[] => {
    if (plugin !== 'rtsp' || protocol !== 'tcp') return [];
    const [name, url] = secure ? ['RTSPS', `rtsps://${host}:${port}`] : ['RTSP', `rtsp://${host}:${port}`];
    return [
      { label: `Publish ${name}`, text: `ffmpeg -re -i FILE -c copy -f rtsp -rtsp_transport tcp ${url}/live/app` },
      { label: `Play ${name}`, text: `ffplay -rtsp_transport tcp ${url}/live/demo` },
    ];
  });
