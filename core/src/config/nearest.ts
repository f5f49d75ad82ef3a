/** Edits between two words: insertions, deletions, replacements and swapped neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? a.length;
}

const MAX_LENGTH = 64;

/** The name somebody probably meant: the fewest edits away, at most half of the word. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const word = given.slice(0, MAX_LENGTH).toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(word.length / 2)) + 1;
  for (const name of names) {
    const distance = editDistance(word, name.slice(0, MAX_LENGTH).toLowerCase());
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** The tail of a message about a wrong name: what was meant, or what there is. */
export function suggestion(given: string, names: readonly string[]): string {
  const near = nearest(given, names);
  if (near !== undefined) return `did you mean '${near}'?`;
  return names.length === 0 ? 'there are none' : `there are: ${names.join(', ')}`;
}
