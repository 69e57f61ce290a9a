import type { Plan } from "../../core/plan.ts";
import { shortArn } from "../../core/situation.ts";

/** GitHub takes no longer name of a task. */
const TASK_CHARACTERS = 128;

/** The task by which the Deployments of a service are listed. */
export function taskOf(plan: Plan): string {
  return `deploy:${plan.spec.service}`.slice(0, TASK_CHARACTERS);
}

/** What makes a Deployment the rollout's: services of one name may be in several clusters and Regions. */
export function payloadOf(plan: Plan): Readonly<Record<string, string>> {
  return { rollout: plan.rollout, ...serviceOf(plan) };
}

/** Whose Deployment it is, by its payload; undefined: another service's, or nothing of Sluice's. */
export function ownerOf(payload: unknown, plan: Plan): { readonly rollout: unknown } | undefined {
  const seen = typeof payload === "string" ? parsed(payload) : payload;
  if (typeof seen !== "object" || seen === null) return undefined;
  const given = new Map<string, unknown>(Object.entries(seen));
  const isSame = Object.entries(serviceOf(plan)).every(([key, value]) => given.get(key) === value);
  return isSame ? { rollout: given.get("rollout") } : undefined;
}

function serviceOf({ spec, clusterArn }: Plan): Readonly<Record<string, string>> {
  const region = clusterArn.split(":")[3] ?? "";
  return { service: spec.service, cluster: shortArn(clusterArn), region };
}

/** GitHub gives a payload back as it was given, or as text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
