// Classes of sizes of free blocks (two-level segregated fit: M. Masmano, I. Ripoll, A. Crespo,
// J. Real: "TLSF: a new dynamic memory allocator for real-time systems", 2004).
//
// Group 0 has a class for each size below 32 units; each further group has 32 classes for the sizes
// from one power of two to the next.

export const classesPerGroup = 32;
export const groupCount = 28;
export const classCount: number = groupCount * classesPerGroup;

/** The class that a free block of so many units is kept in. */
export function classOf(units: number): number {
  if (units < classesPerGroup) return units;
  const power = 31 - Math.clz32(units);
  return (power - 5) * classesPerGroup + (units >>> (power - 5));
}

/** The least class all of whose blocks have at least so many units; may be past the last. */
export function classFitting(units: number): number {
  if (units < classesPerGroup) return units;
  const power = 31 - Math.clz32(units);
  const step = 2 ** (power - 5);
  const rounded = units + step - 1;
  return rounded > 0xffff_ffff ? classCount : classOf(rounded);
}
