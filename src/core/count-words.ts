/** "1 task", "3 tasks". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** "9,120". */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-GB");
}

/** "26 times", "1.1 times", "0.92 times". */
export function formatRatio(ratio: number): string {
  return `${ratio >= 10 ? formatCount(ratio) : Number(ratio.toFixed(ratio < 1 ? 2 : 1))} times`;
}

/** Nearer than this to 1, a ratio reads as none. */
const ABOUT = 0.05;

/** Whether two rates of this ratio read as the same. */
export function isAboutSame(ratio: number): boolean {
  return Math.abs(ratio - 1) < ABOUT;
}

/** "26 times the rate", "about the same rate". */
export function formatRate(ratio: number): string {
  return isAboutSame(ratio) ? "about the same rate" : `${formatRatio(ratio)} the rate`;
}

/** "2.5 %" of a share in percent: two digits; near 100 two decimals, since that is what such shares differ by. */
export function formatShare(percent: number): string {
  const digits =
    percent >= 90 ? percent.toFixed(2) : percent >= 10 ? percent.toFixed(0) : percent.toPrecision(2);
  return `${Number(digits)} %`;
}
