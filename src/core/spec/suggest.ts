import { distance } from "fastest-levenshtein";

/** Longer words are not compared: nothing in a spec is that long. */
const MAX_LENGTH = 60;

/**
 * The nearest of `choices`, or undefined where none is near: a third of the longer word may differ, and at least
 * one letter may. Case, `_` and spaces do not count, and letters in the wrong order count as one edit.
 */
export function nearest(word: string, choices: readonly string[]): string | undefined {
  if (word === "" || word.length > MAX_LENGTH) return undefined;
  const wanted = kebabCase(word);
  let best: { readonly choice: string; readonly edits: number } | undefined;
  for (const choice of choices) {
    const edits = editsBetween(wanted, kebabCase(choice));
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, choice.length) / 3));
    const isNear = edits <= limit && edits < Math.min(wanted.length, choice.length);
    if (isNear && (!best || edits < best.edits)) best = { choice, edits };
  }
  return best?.choice;
}

function editsBetween(word: string, choice: string): number {
  const edits = distance(word, choice);
  return edits > 1 && sorted(word) === sorted(choice) ? 1 : edits;
}

const sorted = (word: string): string => [...word].sort().join("");

/** `listenerRule`, `listener_rule`, `Listener Rule` and `LISTENER_RULE` are all `listener-rule`. */
export function kebabCase(word: string): string {
  return word
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/[_\s-]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();
}

/** "a", "a or b", "a, b or c". */
export function anyOfThese(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
