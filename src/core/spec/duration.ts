const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "90s", "5m", "1.5h": a number and one unit of ms, s, m, h, d. Strict: no bare numbers, no spaces. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds, or undefined where `text` is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text) ?? [];
  return amount && unit ? Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]) : undefined;
}

/** For people: "850ms", "12s", "4m 30s", "2h". Seconds are rounded from one minute on, minutes from one day. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))}s`;
  const parts: readonly (readonly [keyof typeof UNITS_MS, string])[] = [
    ["d", "d"],
    ["h", "h"],
    ["m", "m"],
    ["s", "s"],
  ];
  let rest = Math.round(ms / 1000) * 1000;
  const words: string[] = [];
  for (const [unit, word] of parts) {
    const amount = Math.floor(rest / UNITS_MS[unit]);
    rest -= amount * UNITS_MS[unit];
    if (amount > 0) words.push(`${amount}${word}`);
  }
  return words.slice(0, 2).join(" ");
}
