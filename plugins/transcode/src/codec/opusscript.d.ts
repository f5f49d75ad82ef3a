/** What opusscript's own API loads. Its types are those of that API only. */
declare module 'opusscript/build/opusscript_native_wasm.js' {
  /** Makes an instance of libopus, at once. */
  const create: () => unknown;
  export default create;
}
