export interface GlobOptions {
  readonly ignoreCase: boolean;
  /** A backslash takes the special meaning from the `*` or `?` after it (query-string conditions). */
  readonly escapes: boolean;
}

type Step =
  | { readonly kind: "any" }
  | { readonly kind: "one" }
  | { readonly kind: "char"; readonly char: string };

/**
 * Whether all of `text` matches an ALB pattern: `*` stands for any number of characters, `?` for exactly one.
 * Takes time in proportion to pattern × text, whatever the pattern.
 */
export function matchesGlob(pattern: string, text: string, options: GlobOptions): boolean {
  const steps = parse(options.ignoreCase ? pattern.toLowerCase() : pattern, options.escapes);
  const chars = options.ignoreCase ? text.toLowerCase() : text;
  let step = 0;
  let at = 0;
  let resume: { readonly step: number; at: number } | undefined;
  while (at < chars.length) {
    const current = steps[step];
    if (current?.kind === "any") {
      step++;
      resume = { step, at };
    } else if (current && (current.kind === "one" || current.char === chars[at])) {
      step++;
      at++;
    } else if (resume) {
      resume.at++;
      step = resume.step;
      at = resume.at;
    } else {
      return false;
    }
  }
  return steps.slice(step).every((rest) => rest.kind === "any");
}

function parse(pattern: string, escapes: boolean): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    const next = pattern.charAt(at + 1);
    if (escapes && char === "\\" && (next === "*" || next === "?")) {
      steps.push({ kind: "char", char: next });
      at++;
    } else if (char === "*") {
      steps.push({ kind: "any" });
    } else {
      steps.push(char === "?" ? { kind: "one" } : { kind: "char", char });
    }
  }
  return steps;
}
