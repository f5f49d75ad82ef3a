import type { Buffer } from 'node:buffer';

/**
 * The units of a key picture with the parameter sets in front that it does not bring along itself. A delimiter stays first
 * (ITU-T H.264 7.4.1.2.3, H.265 7.4.2.4.4). The units themselves where nothing is missing.
 */
export function withParameterSets(units: readonly Buffer[], sets: readonly Buffer[], isDelimiter: (unit: Buffer) => boolean): readonly Buffer[] {
  const missing = sets.filter((set) => !holds(units, set));
  if (missing.length === 0) return units;
  const delimiters = units[0] !== undefined && isDelimiter(units[0]) ? 1 : 0;
  return [...units.slice(0, delimiters), ...missing, ...units.slice(delimiters)];
}

function holds(units: readonly Buffer[], set: Buffer): boolean {
  for (const unit of units) if (unit.length === set.length && unit.equals(set)) return true;
  return false;
}
