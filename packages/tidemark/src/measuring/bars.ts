// Bars of text.

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar for a value, `width` cells long for the greatest one; what is not zero can be seen. */
export function bar(value: number, greatest: number, width: number): string {
  if (!(value > 0 && greatest > 0)) return "";
  const parts = Math.max(1, Math.round((Math.min(value, greatest) / greatest) * width * 8));
  return "█".repeat(parts >> 3) + (eighths[parts & 7] ?? "");
}
