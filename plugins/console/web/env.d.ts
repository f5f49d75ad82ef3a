declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent;
  export default component;
}

interface Window {
  /** For browser tests. */
  sluicePlayer?: { state(): Record<string, unknown> };
}
