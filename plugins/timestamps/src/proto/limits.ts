/** How far times may be off before they are repaired, in milliseconds. */
export interface RepairLimits {
  /** A step forth of more than this, while no such time passed, is a jump. */
  readonly forwardMs: number;
  /** A step back of more than this is a jump; a smaller one is waited out. */
  readonly backwardMs: number;
  /** Sound may be this far from its sample count. */
  readonly toleranceMs: number;
  /** Sound may move this far away from the picture. */
  readonly driftMs: number;
}
