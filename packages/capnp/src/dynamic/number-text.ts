// Floating point numbers as Cap'n Proto's own tools print them: with as many digits as nearly all
// numbers need (15, or 6 for 32 bits), and two more for the others. The layout is that of C's %g.

/** A Float64: `1e21`, `-0`, `inf`, `nan`. */
export function float64Text(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e15) {
    const shortest = String(value);
    // Of at most 15 digits, which are the ones that C prints: a double tells more of them apart.
    if (shortest.length <= 16) return shortest;
  }
  return floatText(value, 15, (text) => Number(text) === value);
}

/** A Float32. */
export function float32Text(value: number): string {
  return floatText(
    value,
    6,
    (text) => Math.abs(value) >= leastNormal && Math.fround(Number(text)) === value,
  );
}

/** Smaller ones are never taken for exact by the C++ library, since reading them sets ERANGE. */
const leastNormal = 2 ** -126;

function floatText(value: number, digits: number, isExact: (text: string) => boolean): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const short = withDigits(value, digits);
  return isExact(short) ? short : withDigits(value, digits + 2);
}

// So many digits tell a tie from what is near one.
const exactDigits = 100;

/** `%.{digits}g`, without a plus sign in the exponent. */
function withDigits(value: number, digits: number): string {
  const [mantissa = "", exponentText = "0"] = rounded(value, digits).split("e");
  const exponent = Number(exponentText);
  const sign = value < 0 ? "-" : "";
  const significant = mantissa.replace(/^-/, "").replace(".", "").replace(/0+$/, "");
  if (exponent < -4 || exponent >= digits) {
    const fraction = significant.length > 1 ? `.${significant.slice(1)}` : "";
    const power = Math.abs(exponent).toString().padStart(2, "0");
    return `${sign}${significant[0]}${fraction}e${exponent < 0 ? "-" : ""}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
  const whole = significant.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = significant.slice(exponent + 1);
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** Like `toExponential`, which rounds ties up; C rounds them to the even digit. */
function rounded(value: number, digits: number): string {
  const up = value.toExponential(digits - 1);
  const longer = value.toExponential(digits + 3);
  if (longer.slice(0, longer.indexOf("e")).endsWith("5000")) {
    const exact = value.toExponential(exactDigits);
    const [mantissa = "", exponent = "0"] = exact.split("e");
    const kept = mantissa.length - (exactDigits - digits + 1);
    const isTie = /^50*$/.test(mantissa.slice(kept));
    const isEven = Number(mantissa[kept - 1]) % 2 === 0;
    if (isTie && isEven) return `${mantissa.slice(0, kept)}e${exponent}`;
  }
  return up;
}
