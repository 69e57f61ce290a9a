import { ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { SluiceError } from "../core/errors.ts";
import { isRevision } from "../core/history.ts";
import { shortArn } from "../core/situation.ts";
import { TAG } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";
import { missingImage } from "./images.ts";
import { readTaskDefinition, type TaskDefinitionWithTags } from "./task-definition.ts";

/** A release that can be gone back to. */
export interface EarlierRelease {
  /** "orders:12" */
  readonly taskDefinition: string;
  readonly containers: readonly string[];
  readonly commit: string | undefined;
}

/** How many revisions of a family are searched for a commit; ECS allows some 20 such reads a second. */
const MOST_REVISIONS = 50;
const MOST_LISTED = 10;

/**
 * The "family:revision" that `to` means: an ARN or family:revision as it is; a commit (7 to 40 digits) by the
 * tag that Sluice registers task definitions with, among those of `history` first, then in `family`, the newest
 * first. @throws SluiceError that lists what there is
 */
export async function resolveRelease(
  clients: Clients,
  to: string,
  history: readonly string[],
  family: string,
): Promise<string> {
  const name = shortArn(to);
  if (isRevision(name)) return name;
  if (!/^[0-9a-f]{7,40}$/i.test(to)) {
    throw new SluiceError(
      "configuration",
      `input to: ${JSON.stringify(to)} is neither a task definition (family:revision) nor a commit`,
      { hint: "Give family:revision, its ARN, or 7 to 40 digits of a commit. Nothing was changed." },
    );
  }
  const known: string[] = [];
  for await (const release of releases(clients, history, family)) {
    if (release.commit?.toLowerCase().startsWith(to.toLowerCase())) return release.taskDefinition;
    known.push(`${release.taskDefinition} (${release.commit?.slice(0, 12) ?? "no commit"})`);
  }
  const more = known.length > MOST_LISTED ? ", …" : "";
  throw new SluiceError("configuration", `input to: no task definition of commit ${to} is known`, {
    hint: `Known are ${known.slice(0, MOST_LISTED).join(", ") || "none"}${more}. Nothing was changed.`,
  });
}

/** @throws SluiceError where it cannot be gone back to. */
export async function usableRelease(clients: Clients, name: string): Promise<EarlierRelease> {
  const found = await readTaskDefinition(clients, name);
  const why = await whyUnusable(clients, found);
  if (!why) return describe(found);
  throw new SluiceError("configuration", `${name} cannot be gone back to: ${why}`, {
    hint: "Name another task definition, or a commit, in input to. Nothing was changed.",
  });
}

/** Why a task definition could not be gone back to any more; undefined where it could be, or nobody can tell. */
export async function whyGone(clients: Clients, name: string): Promise<string | undefined> {
  const found = await readIfThere(clients, name);
  return found ? whyUnusable(clients, found) : "it has been deleted";
}

async function whyUnusable(
  clients: Clients,
  { definition }: TaskDefinitionWithTags,
): Promise<string | undefined> {
  if (definition.status !== "ACTIVE") {
    return `it is ${definition.status}, and ECS starts nothing from a deregistered task definition`;
  }
  const images = new Set(definition.containerDefinitions?.map(({ image }) => image ?? ""));
  const missing = await Promise.all([...images].map((image) => missingImage(clients, image)));
  return missing.find((reason) => reason !== undefined);
}

async function* releases(
  clients: Clients,
  history: readonly string[],
  family: string,
): AsyncGenerator<EarlierRelease> {
  for (const name of history) {
    const found = await readIfThere(clients, name);
    if (found) yield describe(found);
  }
  const answer = await call("ecs:ListTaskDefinitions", () =>
    clients.ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: family, sort: "DESC", maxResults: MOST_REVISIONS }),
    ),
  );
  for (const arn of answer.taskDefinitionArns ?? []) {
    if (!history.includes(shortArn(arn))) yield describe(await readTaskDefinition(clients, arn));
  }
}

/** A revision of the history may have been deleted since. */
async function readIfThere(clients: Clients, name: string): Promise<TaskDefinitionWithTags | undefined> {
  try {
    return await readTaskDefinition(clients, name);
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof SluiceError && error.kind === "configuration";
}

function describe({ definition, tags }: TaskDefinitionWithTags): EarlierRelease {
  return {
    taskDefinition: shortArn(definition.taskDefinitionArn ?? ""),
    containers: (definition.containerDefinitions ?? []).map(({ name }) => name ?? ""),
    commit: tags.find(({ key }) => key === TAG.commit)?.value,
  };
}
