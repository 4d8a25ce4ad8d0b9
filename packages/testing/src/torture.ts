// How long the long tests are: a torture test asks here for its number of rounds.

/**
 * Picks by TIDEMARK_TORTURE: `short` (the default) keeps `npm test` quick, `long` is for
 * whoever changes what is tortured.
 */
export function rounds(count: { readonly short: number; readonly long: number }): number {
  const torture = process.env["TIDEMARK_TORTURE"] ?? "short";
  if (torture !== "short" && torture !== "long") {
    throw new RangeError(`TIDEMARK_TORTURE is "${torture}": use short or long`);
  }
  return count[torture];
}
