// node-av with what its FFmpeg needs here. Import it before anything of node-av.

// node-av uses Promise.withResolvers, which Node 20 lacks; without it packets() yields nothing and says nothing.
Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new this((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};

const { Demuxer, Decoder, Muxer, Log, AV_LOG_ERROR } = await import('node-av');
Log.setLevel(AV_LOG_ERROR);

export { Decoder, Demuxer, Muxer };
