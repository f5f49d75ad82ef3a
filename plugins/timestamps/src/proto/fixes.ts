/**
 * What is repaired.
 * - `jump`: time leapt, forth or back, while no such time passed; it goes on from where it was
 * - `wrap`: a counter went round
 * - `backward`: a small step back
 * - `zeroDelta`: the same time again
 * - `clock`: milliseconds where ticks of the track's clock should be
 * - `frozen`: time stands still while frames come; their arrival tells it
 * - `samples`: sound whose times do not follow its sample count
 * - `drift`: sound that moved away from the picture
 * - `skew`: tracks that began far apart
 * - `composition`: shown before it is decoded, or more than ten seconds after
 */
export const FIX_KINDS = ['jump', 'wrap', 'backward', 'zeroDelta', 'clock', 'frozen', 'samples', 'drift', 'skew', 'composition'] as const;

/** A kind of repair. */
export type FixKind = (typeof FIX_KINDS)[number];
