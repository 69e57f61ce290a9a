/** How the rehearsal writes figures, everywhere alike. */

/** "12 345". */
export const formatCount = (count: number): string =>
  String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, " ");

/** "07:42", or "1:07:42" from an hour on. */
export function formatElapsed(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole < 3600 ? minutes : `${Math.floor(whole / 3600)}:${minutes}`;
}

/** "14 ms", "1.2 s", and "–" where nothing was measured. */
export function formatLatency(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "10 %", "2.5 %". */
export const formatPercent = (percent: number): string => `${Math.round(percent * 10) / 10} %`;

/** "1 release", "4 releases". */
export const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Log lines and reasons come from elsewhere: no line break or terminal code of theirs may reach the terminal. */
export const onOneLine = (text: string): string => text.replace(/\p{Cc}+/gu, " ").trimEnd();
