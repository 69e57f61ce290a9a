/** A timestamp of an answer. */
export function date(ms: number): Date;
export function date(ms: number | undefined): Date | undefined;
export function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
