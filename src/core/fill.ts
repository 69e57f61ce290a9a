import { SluiceError } from "./errors.ts";
import { QUERY_PLACEHOLDERS, VERSION_PLACEHOLDERS } from "./metric-source.ts";
import { anyOfThese } from "./spec/suggest.ts";

/** What placeholders stand for; one that is not known has no value. */
export type FillValues = Readonly<Record<string, string | undefined>>;

const PLACEHOLDER = /\$\{([a-z]+(?:-[a-z]+)*)\}/g;

/**
 * The text with every `${name}` replaced; `${1}` and the like are left to the query's language. `escaped` gets each value, with
 * what stands before it in the text. Throws SluiceError "configuration" for a name that is unknown or has no value.
 */
export function fill(
  text: string,
  values: FillValues,
  escaped: (value: string, before: string) => string,
): string {
  return text.replaceAll(PLACEHOLDER, (placeholder, name: string, offset: number) => {
    const value = values[name];
    if (value !== undefined) return escaped(value, text.slice(0, offset));
    const why = isKnown(name)
      ? "is not known of this service or version"
      : `stands for nothing here; there are ${anyOfThese(Object.keys(values).map((key) => `\${${key}}`))}`;
    throw new SluiceError("configuration", `${placeholder} in ${JSON.stringify(excerpt(text))} ${why}`);
  });
}

function isKnown(name: string): boolean {
  return [...VERSION_PLACEHOLDERS, ...QUERY_PLACEHOLDERS].some((known) => known === name);
}

/** Enough of a text to know it by. */
export function excerpt(text: string, most = 200): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
