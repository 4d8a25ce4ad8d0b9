// What a misspelt name was probably meant to be.

/** " Did you mean 'x'?", or nothing if none of `candidates` is near. */
export function nameHint(name: string, candidates: readonly string[]): string {
  const most = name.length < 4 ? 1 : 2;
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate, most);
    if (distance <= most && distance > 0 && distance < (best?.distance ?? Infinity)) {
      best = { candidate, distance };
    }
  }
  return best === undefined ? "" : ` Did you mean '${best.candidate}'?`;
}

// Letters to insert, remove or change, counting a change of case as nothing much; more than `most`
// is not told apart.
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most || a.length > 100) return most + 1;
  if (a.toLowerCase() === b.toLowerCase()) return a === b ? 0 : 0.5;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? most + 1;
}
