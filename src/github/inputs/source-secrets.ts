/** What an input `source-secrets` has. */
export interface SourceSecrets {
  /** By the names that a spec's sources have for them. */
  readonly values: Readonly<Record<string, string>>;
  /** What may be in no log: values, and whatever could be one. */
  readonly masks: readonly string[];
  /** What is wrong, in words that have nothing of the input in them. */
  readonly problems: readonly string[];
}

interface Entry {
  /** For messages: even a name may be a part of a secret, put where none belongs. */
  readonly where: string;
  readonly name: string;
  readonly value: string;
}

/** As `environmentName` of the spec has it. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Lines `NAME=VALUE`, or a JSON object of strings, whose values may have several lines. A value that is blank counts as
 * not given, since that is what a secret comes to that does not exist. Never throws.
 */
export function parseSourceSecrets(text: string): SourceSecrets {
  const { entries, ...unread } = text.startsWith("{") ? readObject(text) : readLines(text);
  const given = entries.filter(({ value }) => value !== "");
  return {
    values: Object.fromEntries(given.map(({ name, value }) => [name, value])),
    masks: [...given.map(({ value }) => value), ...unread.masks],
    problems: [...unread.problems, ...entries.flatMap(problemsWith)],
  };
}

type Read = Omit<SourceSecrets, "values"> & { readonly entries: readonly Entry[] };

function readLines(text: string): Read {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ where: `line ${index + 1}`, line: line.trim() }))
    .filter(({ line }) => line !== "");
  const named = lines.filter(({ line }) => line.includes("="));
  const unread = lines.filter(({ line }) => !line.includes("="));
  return {
    entries: named.map(({ where, line }) => {
      const at = line.indexOf("=");
      return { where, name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    }),
    masks: unread.map(({ line }) => line),
    problems: unread.map(({ where }) => `${where} is no NAME=VALUE; a value of several lines takes JSON`),
  };
}

/** `JSON.parse` puts a part of the text into its message, so that is left out. */
function readObject(text: string): Read {
  let members: readonly (readonly [string, unknown])[];
  try {
    members = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>);
  } catch {
    return { entries: [], masks: [text], problems: ["it begins with { and is not JSON"] };
  }
  const all = members.map(([name, value], index) => ({ where: `its member ${index + 1}`, name, value }));
  const others = all.filter(({ value }) => typeof value !== "string");
  return {
    entries: all.flatMap(({ value, ...entry }) =>
      typeof value === "string" ? [{ ...entry, value: value.trim() }] : [],
    ),
    masks: others.map(({ value }) => JSON.stringify(value)),
    problems: others.map(({ where }) => `${where} is no string`),
  };
}

function problemsWith({ where, name }: Entry, index: number, all: readonly Entry[]): readonly string[] {
  if (!NAME.test(name)) return [`${where} has no name of letters, digits and _ that begins with no digit`];
  const earlier = all.slice(0, index).find((other) => other.name === name);
  return earlier ? [`${where} has the name that ${earlier.where} has`] : [];
}
