/** Where act finds the release under test; the starters name it so. */
export const RELEASE = { repository: "OWNER/sluice", ref: "v1" } as const;

/** A file as act reads it, and which rewrites changed it. */
export interface Rewritten {
  readonly text: string;
  readonly applied: readonly RewriteName[];
}

/** What act 0.2.89 does not know, and what stands in for it. Nothing else of the files is changed. */
const REWRITES = {
  /** `$/` is "this file's own repository at the running commit"; act takes a repository and a ref. */
  "own repository": (text: string): string =>
    text.replaceAll(
      /^(\s*(?:- )?uses: )\$\/(\S*)/gm,
      (_, uses: string, path: string) =>
        `${uses}${RELEASE.repository}${path === "" ? "" : `/${path}`}@${RELEASE.ref}`,
    ),
  /** `concurrency.queue`: act has no queue, since it runs one workflow at a time. */
  queue: (text: string): string => text.replaceAll(/^ +queue: max\b.*\n/gm, ""),
  /** `environment.deployment`: act records no Deployment of its own. */
  deployment: (text: string): string =>
    text.replaceAll(/^ +deployment: false\b.*\n/gm, "").replaceAll(/, deployment: false(?= *\})/g, ""),
} as const;

export type RewriteName = keyof typeof REWRITES;

export const REWRITE_NAMES = Object.keys(REWRITES) as readonly RewriteName[];

/** The file with everything rewritten that act does not know. Pure. */
export function rewrite(text: string): Rewritten {
  const applied: RewriteName[] = [];
  let rewritten = text;
  for (const name of REWRITE_NAMES) {
    const next = REWRITES[name](rewritten);
    if (next !== rewritten) applied.push(name);
    rewritten = next;
  }
  return { text: rewritten, applied };
}
