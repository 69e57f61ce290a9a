import { createHash } from "node:crypto";

export interface Commit {
  readonly sha: string;
  readonly message: string;
  /** A login. */
  readonly author: string;
  readonly atMs: number;
  readonly parents: readonly string[];
}

/** What a commit's checks say: by name, of statuses and of checks alike. */
export type CheckState = "success" | "failure" | "pending";

/** The repository's history: commits, branches and tags, and checks of commits. */
export interface Commits {
  /** Adds one on top of `branch`, which begins at `from` (a ref; default: the default branch) when it is new. */
  add(branch: string, from: string | undefined, commit: NewCommit): Commit;
  /** Adds a merge of `sha` on top of `branch`. */
  merge(branch: string, sha: string, commit: NewCommit): Commit;
  /** By SHA, full or short, or by branch or tag. */
  find(ref: string): Commit | undefined;
  isBranch(ref: string): boolean;
  tag(name: string, sha: string): void;
  /** Of a commit and all before it, newest first. */
  history(sha: string): readonly Commit[];
  setCheck(sha: string, name: string, state: CheckState): void;
  checks(sha: string): ReadonlyMap<string, CheckState>;
}

export interface NewCommit {
  readonly sha?: string;
  readonly message: string;
  readonly author: string;
  readonly atMs: number;
}

export function createCommits(defaultBranch: string): Commits {
  const commits = new Map<string, Commit>();
  const heads = new Map<string, string>();
  const tags = new Map<string, string>();
  const checks = new Map<string, Map<string, CheckState>>();

  const find = (ref: string): Commit | undefined => {
    const name = ref.replace(/^refs\/(heads|tags)\//, "");
    const named = commits.get(heads.get(name) ?? tags.get(name) ?? ref);
    if (named || !/^[0-9a-f]{7,39}$/.test(ref)) return named;
    return [...commits.values()].find(({ sha }) => sha.startsWith(ref));
  };

  const put = (
    branch: string,
    parents: readonly string[],
    { sha, message, author, atMs }: NewCommit,
  ): Commit => {
    const made = createHash("sha1").update(`${parents} ${branch} ${message} ${commits.size}`).digest("hex");
    const commit = { sha: sha ?? made, message, author, atMs, parents };
    commits.set(commit.sha, commit);
    heads.set(branch, commit.sha);
    return commit;
  };

  return {
    find,
    isBranch: (ref) => heads.has(ref.replace(/^refs\/heads\//, "")),
    add(branch, from, commit) {
      const parent = find(heads.has(branch) ? branch : (from ?? defaultBranch));
      return put(branch, parent ? [parent.sha] : [], commit);
    },
    merge(branch, sha, commit) {
      const parent = find(branch);
      return put(branch, parent ? [parent.sha, sha] : [sha], commit);
    },
    tag: (name, sha) => void tags.set(name, sha),
    history(sha) {
      const found = new Map<string, Commit>();
      for (const queue = [sha]; queue.length > 0; ) {
        const commit = commits.get(queue.shift() ?? "");
        if (!commit || found.has(commit.sha)) continue;
        found.set(commit.sha, commit);
        queue.push(...commit.parents);
      }
      return [...found.values()];
    },
    setCheck(sha, name, state) {
      checks.set(sha, (checks.get(sha) ?? new Map()).set(name, state));
    },
    checks: (sha) => checks.get(sha) ?? new Map(),
  };
}
