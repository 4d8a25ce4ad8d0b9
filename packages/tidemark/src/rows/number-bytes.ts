// Numbers as they stand in bytes, read without making strings of them.

const zero = 0x30;
const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;

/** So many decimal digits a number holds exactly, whatever they are. */
const exactDigits = 15;

/** More digits than those of any 64-bit integer. */
const mostDigits = 20;

/**
 * A whole number in decimal digits: a bigint where a number may not be exact. One of more digits
 * than 64 bits hold is given as one that they do not hold. Undefined for anything else.
 */
export function parseWhole(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | bigint | undefined {
  let at = start;
  const sign = bytes[at];
  if (sign === minus || sign === plus) at++;
  if (at >= end) return undefined;
  let value = 0;
  const isLong = end - at > exactDigits;
  for (let digitAt = at; digitAt < end; digitAt++) {
    const digit = (bytes[digitAt] as number) - zero;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (isLong) return longWhole(bytes, at, end, sign === minus);
  return sign === minus && value !== 0 ? -value : value;
}

function longWhole(bytes: Uint8Array, start: number, end: number, isNegative: boolean): bigint {
  let at = start;
  while (at < end - 1 && bytes[at] === zero) at++;
  const tooLarge = 10n ** BigInt(mostDigits);
  const digits = end - at > mostDigits ? undefined : String.fromCharCode(...bytes.slice(at, end));
  const value = digits === undefined ? tooLarge : BigInt(digits);
  return isNegative ? -value : value;
}

// Powers of ten that a number holds exactly: a product or quotient of two exact numbers is rounded
// once, as the nearest number to what was written (W. D. Clinger, 1990).
const exactPowers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

// One way only to match each text: with two, a long one that does not match takes for ever.
const decimal = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

const names: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
]);

/** A floating point number, also `nan`, `inf` and `infinity`. Undefined for anything else. */
export function parseFloating(bytes: Buffer, start: number, end: number): number | undefined {
  let at = start;
  const sign = bytes[at];
  if (sign === minus || sign === plus) at++;
  let value = 0;
  let digits = 0;
  let pointAt = -1;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === point && pointAt < 0) {
      pointAt = at;
      continue;
    }
    const digit = byte - zero;
    if (digit < 0 || digit > 9) return parseText(bytes, start, end);
    value = value * 10 + digit;
    digits++;
  }
  if (digits === 0 || digits > exactDigits) return parseText(bytes, start, end);
  // The fraction has at most as many digits as there is a power for.
  if (pointAt >= 0) value /= exactPowers[end - pointAt - 1] as number;
  return sign === minus ? -value : value;
}

/** What has an exponent, many digits or a name. */
function parseText(bytes: Buffer, start: number, end: number): number | undefined {
  const text = bytes.toString("latin1", start, end);
  if (decimal.test(text)) return Number(text);
  const isNegative = text.startsWith("-");
  const named = names.get(text.replace(/^[-+]/, "").toLowerCase());
  return named !== undefined && isNegative ? -named : named;
}
