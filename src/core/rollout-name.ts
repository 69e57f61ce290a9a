/**
 * AWS tag values: letters, digits and these marks. A rollout's name becomes one, and stands in lists of names,
 * with spaces between them.
 */
const ROLLOUT_NAME = /^[\p{L}\p{N}_.:/=+@-]{1,100}$/u;

/** What is wrong with a rollout's name, completing "input rollout: "; undefined where it is one. */
export function rolloutNameProblem(name: string): string | undefined {
  if (ROLLOUT_NAME.test(name)) return undefined;
  return `${JSON.stringify(name)} is not a name of 1 to 100 letters, digits and _ . : / = + @ -`;
}
