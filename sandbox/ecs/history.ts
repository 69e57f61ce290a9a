/** What each thing looked like, for readers that AWS answers late (`settings.staleReadsMs`). */
export interface History<T> {
  /** `value` is how `key` looks from now on. */
  record(key: string, value: T, nowMs: number): void;
  /** How it looked at `atMs`; undefined before its first record. */
  at(key: string, atMs: number): T | undefined;
}

interface Version<T> {
  readonly sinceMs: number;
  readonly value: T;
}

const KEPT_MS = 2 * 60_000;

/** `longestMs` is how far back readers may look now; two minutes are kept in any case. */
export function createHistory<T>(longestMs: () => number): History<T> {
  const versions = new Map<string, Version<T>[]>();
  return {
    record(key, value, nowMs) {
      const past = versions.get(key) ?? [];
      if (past.at(-1)?.sinceMs === nowMs) past.pop();
      past.push({ sinceMs: nowMs, value });
      forget(past, nowMs - Math.max(KEPT_MS, longestMs()));
      versions.set(key, past);
    },
    at(key, atMs) {
      const past = versions.get(key) ?? [];
      for (let index = past.length - 1; index >= 0; index--) {
        const version = past[index];
        if (version && version.sinceMs <= atMs) return version.value;
      }
      return undefined;
    },
  };
}

/** Keeps the version that held at `fromMs` and all later ones. */
function forget(versions: Version<unknown>[], fromMs: number): void {
  while (versions[1] && versions[1].sinceMs <= fromMs) versions.shift();
}
