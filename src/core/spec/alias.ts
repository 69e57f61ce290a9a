/** What other tools call a key of ours, or a note on why there is no such key. Kebab-case, by the section's name. */
export type Alias =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "note"; readonly note: string };

export const keys = (key: string, ...aliases: readonly string[]): readonly (readonly [string, Alias])[] =>
  aliases.map((alias) => [alias, { kind: "key", key }] as const);

export const notes = (note: string, ...aliases: readonly string[]): readonly (readonly [string, Alias])[] =>
  aliases.map((alias) => [alias, { kind: "note", note }] as const);
