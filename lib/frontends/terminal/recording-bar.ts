/** The bar above the prompt while the microphone is open: level, time left, and the keys that end it. Pure. */
import { limits } from "../../protocol/limits.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { Width } from "../text/layout.ts";
import { paint, type Signs, type Style } from "../text/style.ts";

export interface Recording {
  to?: string;
  /** The RMS level, and its peak, which is held for a moment. */
  dbfs: number;
  peakDbfs: number;
  secondsLeft: number;
  /** Above `limits.recordingSecondsMax` the bar is that of an open microphone (`!talk`). */
  secondsMax: number;
}

const cells = 8;

/**
 * `● recording ▮▮▮▮▮│▯▯ -18 dBFS  3.2 s left  Enter stops, Esc cancels`, shortened where columns are few. For an open
 * microphone: `● talking ▮▮▮▮▮│▯▯ -18 dBFS  0:42, 4:18 left  Enter ends, Esc cancels`.
 */
export function recordingBar(recording: Recording, columns: number, style: Style, width: Width): string {
  const { secondsMax } = recording;
  const isOpenEnded = secondsMax > limits.recordingSecondsMax;
  const secondsLeft = Math.max(0, recording.secondsLeft);
  const sign = `${style.signs.recording} `;
  const what = isOpenEnded ? "talking" : "recording";
  const to = recording.to === undefined ? "" : ` to ${cleanLine(recording.to)}`;
  const meter = meterOf(recording, style.signs);
  const level = ` ${String(Math.round(Math.max(-99, recording.dbfs))).padStart(3)} dBFS`;
  const left = `${isOpenEnded ? minutes(secondsLeft) : `${secondsLeft.toFixed(1)} s`} left`;
  const time = isOpenEnded ? `${minutes(secondsMax - secondsLeft)}, ${left}` : left;
  const enter = isOpenEnded ? "Enter ends" : "Enter stops";
  const variants = [
    `${what}${to} ${meter}${level}  ${time}  ${enter}, Esc cancels`,
    `${what} ${meter}${level}  ${time}  ${enter}, Esc cancels`,
    `${what} ${meter} ${left}  ${enter}, Esc cancels`,
    `${meter} ${left}  ${enter}`,
    `${meter} ${left}`,
    left,
  ];
  const fits = variants.find((text) => width(sign + text) < columns) ?? "";
  return paint(
    [
      { text: sign, tone: "recording" },
      { text: fits, tone: "text" },
    ],
    style,
  );
}

/** The level as a row of cells, with a mark at the peak where it lies beyond them. */
function meterOf({ dbfs, peakDbfs }: Recording, { full, empty, peak }: Signs): string {
  const filled = filledCells(dbfs);
  const peakCell = filledCells(peakDbfs) - 1;
  return Array.from({ length: cells }, (_, cell) => {
    if (cell < filled) return full;
    return cell === peakCell ? peak : empty;
  }).join("");
}

/** Maps -60 dBFS (a quiet room) to no cell and 0 dBFS (full scale) to all. */
function filledCells(dbfs: number): number {
  return Math.round((Math.max(-60, Math.min(0, dbfs)) / 60 + 1) * cells);
}

/** `4:18` */
function minutes(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
