import { SluiceError } from "../../core/errors.ts";

/** What AWS has in names, tags and image digests: nothing of it means anything in a query's language. */
const PLAIN = /^[\w ./:@=+~-]*$/;

/**
 * For strings in PromQL, in either kind of quotes. All but plain characters become escapes that both know
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals), so no value ends its string.
 */
export function escapePromql(value: string): string {
  return value.replaceAll(/[^\w ./:@=+~-]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code <= 0xffff
      ? `\\u${code.toString(16).padStart(4, "0")}`
      : `\\U${code.toString(16).padStart(8, "0")}`;
  });
}

/** For a language that is not known: only what means nothing in any. Throws SluiceError "configuration". */
export function plainOnly(value: string): string {
  if (PLAIN.test(value)) return value;
  throw new SluiceError(
    "configuration",
    `${JSON.stringify(value)} cannot be put into a query: only letters, digits, spaces and . / : @ = + ~ _ - can`,
  );
}
