/** Signals that end a server. */
export const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What is done on a signal. */
export type SignalHandler = () => void;

/**
 * Takes the signals from now on; gives them back with the answer. Who starts a process may stop it before it is up: a start that has done
 * nothing yet simply ends, with 0.
 */
export function onSignals(handler: SignalHandler): () => void {
  for (const signal of SIGNALS) process.on(signal, handler);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handler);
  };
}

/** Ends the process with 0 on a signal, until somebody else takes them. For the first lines of a bin, before anything is loaded. */
export function endOnSignals(): void {
  const end: SignalHandler = () => {
    // Whoever came later knows better.
    if (SIGNALS.every((signal) => process.listenerCount(signal) === 1)) process.exit(0);
  };
  onSignals(end);
}
