/** Why anything ended. `code` is stable text for programs; `message` is for people. */
export interface CloseReason {
  readonly code: CloseCode;
  readonly message?: string;
}

/** The reasons Sluice itself gives. Plugins may use any other text of the form `plugin-something`. */
export type CloseCode =
  | 'ended' // the peer finished as its protocol says
  | 'lost' // the connection went away
  | 'replaced' // another publisher took over
  | 'idle' // nobody watched
  | 'timeout' // nothing came in time
  | 'slow' // the viewer stayed behind
  | 'kicked' // an operator ended it
  | 'refused' // not allowed, or in conflict
  | 'protocol-error'
  | 'shutdown'
  | 'stream-closed' // what it watched is gone
  | (string & {});

/** Makes a reason. */
export function closeReason(code: CloseCode, message?: string): CloseReason {
  return message === undefined ? { code } : { code, message };
}
