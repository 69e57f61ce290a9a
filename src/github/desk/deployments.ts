import type { Plan } from "../../core/plan.ts";
import { isRevert } from "../../core/way-back.ts";
import type { Answer, GitHubApi, GitHubClient, Repository } from "../client.ts";
import type { Asked, Complain } from "./create.ts";
import { ownerOf, payloadOf, taskOf } from "./identity.ts";
import { descriptionOf, type Note } from "./notes.ts";

export interface DeploymentsOptions {
  readonly environment: string;
  readonly environmentUrl: string | undefined;
  readonly runUrl: string | undefined;
  /** The job's commit. */
  readonly sha: string;
  readonly asked: Asked | undefined;
}

/** The Deployments of rollouts in one environment. */
export interface Deployments {
  /** Puts a note on the rollout's Deployment, which is created where it may be. Never rejects. */
  note(note: Note): Promise<void>;
}

type State = "error" | "failure" | "inactive" | "in_progress" | "queued" | "pending" | "success";

const PERMISSION = "deployments: write";
/** GitHub takes no longer description, of a Deployment or a status. */
const DESCRIPTION_CHARACTERS = 140;
/** How many Deployments back one is looked for, and how many of them may still show as active. */
const PAGE = 100;
const MOST_ACTIVE = 5;

/**
 * Notes are put down one after the other: an opening that GitHub is slow to take must not make a second Deployment of
 * the ending that follows.
 */
export function createDeployments(
  client: GitHubClient,
  complain: Complain,
  options: DeploymentsOptions,
): Deployments {
  let before: Promise<void> = Promise.resolve();
  const known = new Map<string, Found>();
  return {
    note(note) {
      before = before.then(async () => {
        const undone = await put(client, options, note, known);
        if (undone) complain("the Deployment is not recorded", undone);
      });
      return before;
    },
  };
}

/** Why the note could not be put down. `known`: found before, by rollout. */
async function put(
  client: GitHubClient,
  options: DeploymentsOptions,
  note: Note,
  known: Map<string, Found>,
): Promise<Exclude<Answer<never>, { kind: "ok" }> | undefined> {
  const { rollout } = note.plan;
  const seen = known.get(rollout);
  const found = seen ? ({ kind: "ok", value: seen } as const) : await findOrCreate(client, options, note);
  if (found.kind !== "ok") return found;
  if (!found.value) return undefined;
  const { id, others } = found.value;
  known.set(rollout, found.value);
  const latest = await stateOf(client, id);
  if (latest.kind !== "ok") return latest;
  if (!mayFollow(note, latest.value)) return undefined;
  const marked = await mark(client, options, id, note.state, note.text);
  if (marked.kind !== "ok") return marked;
  if (note.state === "success") await retire(client, options, others, id);
  return undefined;
}

/**
 * Whether a note says something new of a Deployment in state `latest`, and may: what has come to its end is neither
 * begun anew nor spoilt by the failure of a job that came too late. Pure.
 */
export function mayFollow({ state, from }: Pick<Note, "state" | "from">, latest: State | undefined): boolean {
  switch (state) {
    case "in_progress":
      if (from === "opening" && latest === "in_progress") return false;
      return latest !== "success" && latest !== "failure" && latest !== "inactive";
    case "success":
    case "failure":
      return latest !== state;
    case "error":
      return latest !== "failure" && latest !== "inactive" && (latest !== "success" || from === "back");
  }
}

/** A Deployment's id, and those of all of the same service in the same environment, oldest first. */
interface Found {
  readonly id: number;
  readonly others: readonly number[];
}

/** Undefined: there is none, and this job is not the one to make it. */
async function findOrCreate(
  client: GitHubClient,
  options: DeploymentsOptions,
  note: Note,
): Promise<Answer<Found | undefined>> {
  for (let left = 2; ; ) {
    const found = await find(client, options, note.plan);
    if (found.kind !== "ok" || found.value || note.from === "back") return found;
    const made = await create(client, options, note.plan);
    if (made.kind === "ok") return settle(client, options, note.plan, made.value);
    if (made.kind !== "unavailable" || --left === 0) return made;
  }
}

/**
 * GitHub knows no key that would make two creations one. Where another job was quicker, the older Deployment is the
 * rollout's, and the one just made becomes inactive; both jobs come to the same by themselves.
 */
async function settle(
  client: GitHubClient,
  options: DeploymentsOptions,
  plan: Plan,
  made: number,
): Promise<Answer<Found>> {
  const again = await find(client, options, plan);
  const older = again.kind === "ok" ? again.value : undefined;
  if (!older || older.id >= made) return { kind: "ok", value: { id: made, others: older?.others ?? [] } };
  await mark(client, options, made, "inactive", `Deployment ${older.id} is this rollout's`);
  return { kind: "ok", value: older };
}

async function find(
  client: GitHubClient,
  { environment }: DeploymentsOptions,
  plan: Plan,
): Promise<Answer<Found | undefined>> {
  return client.ask(PERMISSION, async (api, repository) => {
    const task = taskOf(plan);
    const { data } = await api.repos.listDeployments({ ...repository, environment, task, per_page: PAGE });
    const all = data
      .map(({ id, payload }) => ({ id, owner: ownerOf(payload, plan) }))
      .filter(({ owner }) => owner)
      .toSorted((a, b) => a.id - b.id);
    const own = all.find(({ owner }) => owner?.rollout === plan.rollout);
    return own && { id: own.id, others: all.map(({ id }) => id) };
  });
}

/** Its id. */
async function create(
  client: GitHubClient,
  options: DeploymentsOptions,
  plan: Plan,
): Promise<Answer<number>> {
  const request = (ref: string) => async (api: GitHubApi, repository: Repository) => {
    const { data } = await api.repos.createDeployment({
      ...repository,
      ref,
      environment: options.environment,
      task: taskOf(plan),
      payload: payloadOf(plan),
      description: clipped(descriptionOf(plan, options.asked)),
      auto_merge: false,
      required_contexts: [],
    });
    if (!("id" in data)) throw new Error(data.message ?? "GitHub merged instead");
    return data.id;
  };
  const own = isRevert(plan.rollout) ? plan.release.commit : undefined;
  const released = own && (await client.ask(PERMISSION, request(own), { repeatable: false }));
  if (released && released.kind !== "refused") return released;
  return client.ask(PERMISSION, request(options.sha), { repeatable: false });
}

async function stateOf(client: GitHubClient, id: number): Promise<Answer<State | undefined>> {
  return client.ask(PERMISSION, async (api, repository) => {
    const { data } = await api.repos.listDeploymentStatuses({
      ...repository,
      deployment_id: id,
      per_page: 1,
    });
    return data[0]?.state as State | undefined;
  });
}

/**
 * `auto_inactive` would retire every service's Deployments in the environment, and several services may share one: its
 * own predecessors are retired by name instead.
 */
async function mark(
  client: GitHubClient,
  { environmentUrl, runUrl }: DeploymentsOptions,
  id: number,
  state: State,
  text: string,
): Promise<Answer<void>> {
  return client.ask(PERMISSION, async (api, repository) => {
    await api.repos.createDeploymentStatus({
      ...repository,
      deployment_id: id,
      state,
      description: clipped(text),
      auto_inactive: false,
      ...(runUrl ? { log_url: runUrl } : {}),
      ...(environmentUrl ? { environment_url: environmentUrl } : {}),
    });
  });
}

/** What served before shows as inactive. Where that fails, the next release sees to it. */
async function retire(
  client: GitHubClient,
  options: DeploymentsOptions,
  others: readonly number[],
  id: number,
): Promise<void> {
  for (const older of others.filter((other) => other < id).slice(-MOST_ACTIVE)) {
    const state = await stateOf(client, older);
    if (state.kind !== "ok") return;
    if (state.value === "success")
      await mark(client, options, older, "inactive", `replaced by Deployment ${id}`);
  }
}

function clipped(text: string): string {
  const characters = [...text.replaceAll(/\s+/g, " ")];
  if (characters.length <= DESCRIPTION_CHARACTERS) return characters.join("");
  return `${characters.slice(0, DESCRIPTION_CHARACTERS - 1).join("")}…`;
}
