import type { Buffer } from 'node:buffer';

/** What a codec knows of where its access units begin. */
export interface AccessUnitRules {
  /** True for a unit that holds a coded slice. */
  isSlice(unit: Buffer): boolean;
  /** True for a unit that begins a new access unit once there was a slice. */
  begins(unit: Buffer): boolean;
  /** True for an access unit delimiter, which begins one whatever went before. */
  isDelimiter(unit: Buffer): boolean;
}

/** Groups NAL units by access unit. The first group may be the rest of one whose beginning is not here. */
export function groupAccessUnits(units: Iterable<Buffer>, rules: AccessUnitRules): Buffer[][] {
  const groups: Buffer[][] = [];
  let group: Buffer[] = [];
  let slices = false;
  for (const unit of units) {
    const delimiter = rules.isDelimiter(unit);
    if (group.length > 0 && (delimiter || (slices && rules.begins(unit)))) {
      groups.push(group);
      group = [];
      slices = false;
    }
    slices ||= rules.isSlice(unit);
    group.push(unit);
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
