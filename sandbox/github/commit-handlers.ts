import type { Commit } from "./commits.ts";
import { notFound, unprocessable } from "./errors.ts";
import { type ApiAnswer, type ApiRequest, type Handlers, ok, text } from "./handler.ts";
import { pageOf } from "./pages.ts";
import { userJson } from "./people.ts";
import { isoTime, nodeId, repositoryPage, repositoryUrl, type World } from "./world.ts";

/** A comparison that asks for no page has this many commits at most. */
const UNPAGED_COMMITS = 250;

/** Commits and comparisons of two. */
export function commitHandlers(world: World): Handlers {
  return {
    "repos/get-commit": ({ parameters }) => {
      const ref = text(parameters, "ref");
      const commit = world.commits.find(ref);
      if (!commit) throw unprocessable(`No commit found for SHA: ${ref}`);
      return ok(commitJson(world, commit));
    },
    "repos/compare-commits-with-basehead": (request) => compare(world, request),
  };
}

function compare(world: World, request: ApiRequest): ApiAnswer {
  const basehead = text(request.parameters, "basehead");
  const [base, head] = basehead.split("...").map((ref) => world.commits.find(ref));
  if (!base || !head) throw notFound();
  const ofBase = world.commits.history(base.sha);
  const ofHead = world.commits.history(head.sha);
  const mergeBase = ofBase.find((commit) => ofHead.includes(commit));
  if (!mergeBase) throw notFound();
  const ahead = ofHead.filter((commit) => !ofBase.includes(commit)).toReversed();
  const behindBy = ofBase.filter((commit) => !ofHead.includes(commit)).length;
  const url = `${repositoryUrl(world)}/compare/${basehead}`;
  const isPaged = request.given.has("page") || request.given.has("per_page");
  const { items, headers } = isPaged
    ? pageOf(ahead, request, url)
    : { items: ahead.slice(0, UNPAGED_COMMITS), headers: {} };
  const page = `${repositoryPage(world)}/compare`;
  const body = {
    url,
    html_url: `${page}/${basehead}`,
    permalink_url: `${page}/${base.sha.slice(0, 7)}...${head.sha.slice(0, 7)}`,
    diff_url: `${page}/${basehead}.diff`,
    patch_url: `${page}/${basehead}.patch`,
    base_commit: commitJson(world, base),
    merge_base_commit: commitJson(world, mergeBase),
    status: relation(ahead.length, behindBy),
    ahead_by: ahead.length,
    behind_by: behindBy,
    total_commits: ahead.length,
    commits: items.map((commit) => commitJson(world, commit)),
    files: [],
  };
  return { ...ok(body), headers };
}

function relation(aheadBy: number, behindBy: number): string {
  if (aheadBy > 0) return behindBy > 0 ? "diverged" : "ahead";
  return behindBy > 0 ? "behind" : "identical";
}

function commitJson(world: World, commit: Commit): object {
  const url = `${repositoryUrl(world)}/commits/${commit.sha}`;
  const git = `${repositoryUrl(world)}/git`;
  const page = `${repositoryPage(world)}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url,
    html_url: `${page}/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${git}/commits/${commit.sha}`,
      author: gitUserJson(commit),
      committer: gitUserJson(commit),
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.sha, url: `${git}/trees/${commit.sha}` },
    },
    author: userJson(world, commit.author),
    committer: userJson(world, commit.author),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repositoryUrl(world)}/commits/${sha}`,
      html_url: `${page}/${sha}`,
    })),
  };
}

function gitUserJson({ author, atMs }: Commit): object {
  return { name: author, email: `${author}@users.noreply.github.com`, date: isoTime(atMs) };
}
