import { createHash } from "node:crypto";
import { nodeId, type Reviewer, type World } from "./world.ts";

const ACTIONS_BOT = { login: "github-actions[bot]", id: 41898282 };

/** GitHub's "simple user". Any login is somebody, with an id that is always the same. */
export function userJson({ apiUrl }: Pick<World, "apiUrl">, login: string): object {
  const id = login === ACTIONS_BOT.login ? ACTIONS_BOT.id : idOf(login);
  const url = `${apiUrl}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId("User", id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `https://github.com/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith("[bot]") ? "Bot" : "User",
    site_admin: false,
  };
}

/** A reviewer as environments and pending reviews show it. */
export function reviewerJson(world: World, { kind, name }: Reviewer): object {
  return kind === "user"
    ? { type: "User", reviewer: userJson(world, name) }
    : { type: "Team", reviewer: teamJson(world, name) };
}

function teamJson({ apiUrl, repository }: World, slug: string): object {
  const id = idOf(slug);
  const url = `${apiUrl}/organizations/${repository.ownerId}/team/${id}`;
  return {
    id,
    node_id: nodeId("Team", id),
    name: slug,
    slug,
    description: null,
    permission: "pull",
    url,
    html_url: `https://github.com/orgs/${repository.owner}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: "organization",
    parent: null,
  };
}

function idOf(name: string): number {
  return createHash("sha256").update(name.toLowerCase()).digest().readUIntBE(0, 4);
}
