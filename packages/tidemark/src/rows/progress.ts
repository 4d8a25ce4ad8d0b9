// A line on the terminal that says how far a build is; none where nobody looks.

import fs from "node:fs";
import { sizeText } from "../command/output.js";

const standardError = 2;
const intervalMs = 100;
const barWidth = 10;

/** How far a part of the work is. */
export interface Step {
  readonly what: string;
  readonly bytes: number;
  /** Undefined where nobody knows. */
  readonly totalBytes?: number;
  readonly rows?: number;
}

export class Progress {
  readonly #isShown: boolean;
  #what = "";
  #startedAt = 0;
  #shownAt = 0;

  /** @param isQuiet Nothing is shown, terminal or not. */
  constructor({ isQuiet }: { readonly isQuiet: boolean }) {
    this.#isShown = !isQuiet && process.stderr.isTTY === true;
  }

  /** Shows a step, when the last one was shown long enough ago. */
  show(step: Step): void {
    if (!this.#isShown) return;
    const now = performance.now();
    if (step.what !== this.#what) {
      this.#what = step.what;
      this.#startedAt = now;
    } else if (now - this.#shownAt < intervalMs) return;
    this.#shownAt = now;
    const width = (process.stderr.columns ?? 80) - 1;
    const text = progressText(step, (now - this.#startedAt) / 1000).slice(0, width);
    fs.writeSync(standardError, `\r\x1b[K${text}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isShown && this.#what !== "") fs.writeSync(standardError, "\r\x1b[K");
    this.#what = "";
  }
}

/** What the line says after so many seconds. */
export function progressText({ what, bytes, totalBytes, rows }: Step, seconds: number): string {
  const parts = [what];
  if (totalBytes !== undefined && totalBytes > 0) {
    const share = Math.min(1, bytes / totalBytes);
    const full = Math.floor(share * barWidth);
    parts.push(`[${"█".repeat(full)}${"░".repeat(barWidth - full)}]`);
    parts.push(`${Math.floor(share * 100)} %`);
  }
  if (rows !== undefined && seconds > 0) {
    parts.push(`${shortCount(rows)} rows`, `${shortCount(rows / seconds)} rows/s`);
  }
  const total = totalBytes === undefined ? "" : ` of ${sizeText(totalBytes)}`;
  parts.push(`${sizeText(bytes)}${total}`);
  if (totalBytes !== undefined && bytes > 0 && seconds > 0.5) {
    parts.push(`${durationText(((totalBytes - bytes) / bytes) * seconds)} left`);
  }
  return parts.join("  ");
}

/** As in "1.23 M". */
function shortCount(count: number): string {
  if (count < 1e4) return String(Math.round(count));
  return count < 1e6 ? `${Math.round(count / 1e3)} k` : `${(count / 1e6).toFixed(2)} M`;
}

/** As in "1,234,567". */
export function countText(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** As in "3.2 s", "1 min 20 s". */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
