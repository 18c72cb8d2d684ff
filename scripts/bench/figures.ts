/** The rows that every part of the bench returns, and the arithmetic that the parts share. */
import { readFile } from "node:fs/promises";

export interface Row {
  what: string;
  value: number;
  unit: string;
  /** What the value is to be seen against, in the same unit. */
  reference?: { what: string; value: number };
}

/** One thing to measure: its figures, or a line that says why this machine cannot measure it. */
export type Part = () => Promise<Row[] | string>;

/** The value in the middle; the mean of the two there when their number is even. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** The smallest value that at least this share of all does not exceed. */
export function percentile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
}

/** Milliseconds that some work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Memory that a process holds, MB. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_000;
}

/** Rows as lines of one table. */
export function tableOf(rows: Row[]): string[] {
  const cells = rows.map(({ what, value, unit, reference }) => [
    what,
    `${shown(value, unit)} ${unit}`.trim(),
    reference === undefined ? "" : `${reference.what} ${shown(reference.value, unit)} ${unit}`.trim(),
    reference === undefined ? "" : reference.value === 0 ? "" : `${(value / reference.value).toFixed(2)}×`,
  ]);
  const table = [["what", "value", "against", "ratio"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      // Figures stand under each other.
      .map((cell, column) =>
        column % 2 === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("   ")
      .trimEnd(),
  );
}

function shown(value: number, unit: string): string {
  return value.toFixed(["ms", "MB", "%", "s", "KiB"].includes(unit) ? 1 : unit === "" ? 3 : 0);
}
