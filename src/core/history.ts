/**
 * Which task definitions served, "family:revision", the current one first: the service tag `sluice:history`. A
 * rollback after `finish` walks back along it, and each release pushes onto it.
 */

/** A tag's value is at most 256 characters (ECS API reference, Tag). */
const LONGEST = 256;

/**
 * The history once `current` serves instead of `previous` ("family:revision"; a name that is none is left out).
 * One that is further down the list was gone back to: what served after it is forgotten. The oldest that do
 * not fit into a tag are dropped.
 */
export function historyAfter(
  history: readonly string[],
  current: string,
  previous: string | undefined,
): readonly string[] {
  if (history[0] === current) return history;
  return fitting(walk(history, current, previous));
}

/** What served before `current` did, where that is known: what a rollback goes back to. */
export function previousOf(
  history: readonly string[],
  current: string,
  previous: string | undefined,
): string | undefined {
  return walk(history, current, previous)[1];
}

function walk(history: readonly string[], current: string, previous: string | undefined): readonly string[] {
  return history[0] === current ? history : withHead(withHead(history, previous), current);
}

/** As many words from the first on as fit into a tag, with spaces between them. */
export function fitting(words: readonly string[]): readonly string[] {
  let length = -1;
  const tooLong = words.findIndex((word) => {
    length += 1 + word.length;
    return length > LONGEST;
  });
  return tooLong < 0 ? words : words.slice(0, tooLong);
}

function withHead(history: readonly string[], name: string | undefined): readonly string[] {
  if (!name || !isRevision(name)) return history;
  const index = history.indexOf(name);
  return index < 0 ? [name, ...history] : history.slice(index);
}

/** "orders:12": a family and a revision. */
export function isRevision(name: string): boolean {
  return /^[\w-]+:\d+$/.test(name);
}
