import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { imageTag } from "../../core/plan.ts";
import type { TimelineEvent } from "./timeline.ts";

type EventOf<K extends TimelineEvent["kind"]> = Extract<TimelineEvent, { kind: K }>;

/** What the sandbox shows of one service at this moment, by version: the tag of each task set's image. */
export interface Standing {
  readonly weights: Readonly<Record<string, number>>;
  readonly healthy: Readonly<Record<string, { readonly healthy: number; readonly expected: number }>>;
}

/** Reads a service's versions, weights and healthy tasks from the sandbox itself, not from what a job says. */
export class ServiceWatch {
  readonly #sandbox: Sandbox;
  readonly #service: string;
  readonly #routeArn: string;
  readonly #versions = new Map<string, string>();

  /** `routeArn`: the production route whose weights are shown. */
  constructor(sandbox: Sandbox, service: string, routeArn: string) {
    this.#sandbox = sandbox;
    this.#service = service;
    this.#routeArn = routeArn;
  }

  async look(): Promise<Standing> {
    const { routes, groups } = this.#sandbox.elbv2.view();
    const service = this.#sandbox.ecs.view().services.find(({ name }) => name === this.#service);
    const route = routes.find(({ arn, ruleArn }) => arn === this.#routeArn || ruleArn === this.#routeArn);
    const targets = groups.flatMap((group) => group.targets);
    const weights: Record<string, number> = {};
    const healthy: Record<string, { healthy: number; expected: number }> = {};
    for (const set of service?.taskSets ?? []) {
      const version = await this.versionOf(set.taskDefinitionArn);
      const total = Object.values(route?.appliedWeights ?? {}).reduce((sum, weight) => sum + weight, 0);
      const own = route?.appliedWeights?.[set.targetGroupArn ?? ""] ?? 0;
      weights[version] = total === 0 ? 0 : Math.round((100 * own) / total);
      const ids = set.tasks.map((task) => `${task.target?.id}:${task.target?.port}`);
      healthy[version] = {
        healthy: targets.filter(({ id, port, state }) => state === "healthy" && ids.includes(`${id}:${port}`))
          .length,
        expected: set.computedDesiredCount,
      };
    }
    return { weights, healthy };
  }

  /** "2" of a task definition whose first container runs "orders:2". */
  async versionOf(taskDefinitionArn: string): Promise<string> {
    const known = this.#versions.get(taskDefinitionArn);
    if (known) return known;
    const describe = this.#sandbox.ecs.service.operations.DescribeTaskDefinition;
    const answer = (await describe?.(
      { taskDefinition: taskDefinitionArn },
      { operation: "DescribeTaskDefinition", accessKeyId: "rehearsal" },
    )) as { taskDefinition?: { containerDefinitions?: { image?: string }[] } } | undefined;
    const version = imageTag(answer?.taskDefinition?.containerDefinitions?.[0]?.image ?? "");
    this.#versions.set(taskDefinitionArn, version);
    return version;
  }
}

/** The events that lead from one standing to the next. */
export function changesBetween(
  before: Standing,
  after: Standing,
  atSeconds: number,
): readonly (EventOf<"weight"> | EventOf<"healthy">)[] {
  const weight: readonly EventOf<"weight">[] =
    JSON.stringify(before.weights) === JSON.stringify(after.weights)
      ? []
      : [{ kind: "weight", atSeconds, weights: after.weights }];
  const tasks = Object.entries(after.healthy).flatMap(([version, now]): EventOf<"healthy">[] => {
    const was = before.healthy[version];
    if (was?.healthy === now.healthy && was.expected === now.expected) return [];
    return [{ kind: "healthy", atSeconds, version, ...now }];
  });
  return [...weight, ...tasks];
}
