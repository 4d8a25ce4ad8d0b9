// What someone may have meant.

/** "; did you mean x?" where one of the names is near, else the names there are. */
export function suggest(name: string, names: readonly string[]): string {
  const near = names
    .map((each) => ({ each, distance: distanceOf(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, distance }) => distance <= Math.max(1, Math.floor(each.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ each }) => each);
  if (near.length > 0) return `did you mean ${near.join(" or ")}?`;
  if (names.length === 0) return "there is none";
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20
    ? `there are ${shown} and ${names.length - 20} more`
    : `there ${names.length === 1 ? "is" : "are"} ${shown}`;
}

/** Characters to insert, remove or replace until one is the other (Levenshtein). */
function distanceOf(source: string, target: string): number {
  // Nothing so long is a slip of the finger.
  if (source.length > 64 || target.length > 64) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: target.length + 1 }, (_, index) => index);
  for (let i = 1; i <= source.length; i++) {
    const next = [i];
    for (let j = 1; j <= target.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (source[i - 1] === target[j - 1] ? 0 : 1);
      next[j] = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[target.length] ?? 0;
}
