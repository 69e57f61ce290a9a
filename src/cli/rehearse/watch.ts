import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { imageTag } from "../../core/plan.ts";
import type { TimelineEvent } from "./timeline.ts";

type EventOf<K extends TimelineEvent["kind"]> = Extract<TimelineEvent, { kind: K }>;

/** What the sandbox shows of one service at this moment, by version: the tag of each task set's image. */
export interface Standing {
  readonly weights: Readonly<Record<string, number>>;
  readonly healthy: Readonly<Record<string, { readonly healthy: number; readonly expected: number }>>;
  /** Versions that users reach, by a production route or by a rule that a route step made. */
  readonly serving: readonly string[];
}

export interface WatchedRoutes {
  /** The production route whose weights are shown. */
  readonly production: string;
  readonly test: string;
}

/** Reads a service's versions, weights and healthy tasks from the sandbox itself, not from what a job says. */
export class ServiceWatch {
  readonly #sandbox: Sandbox;
  readonly #service: string;
  readonly #watched: WatchedRoutes;
  readonly #versions = new Map<string, string>();
  readonly #groups = new Map<string, string>();

  constructor(sandbox: Sandbox, service: string, routes: WatchedRoutes) {
    this.#sandbox = sandbox;
    this.#service = service;
    this.#watched = routes;
  }

  isTestRoute(arn: string): boolean {
    return arn === this.#watched.test;
  }

  /** The version whose tasks are in a target group, as of the last look; "none" of no group. */
  versionOfGroup(groupArn: string | undefined): string {
    return this.#groups.get(groupArn ?? "") ?? "none";
  }

  async look(): Promise<Standing> {
    const { routes, groups } = this.#sandbox.elbv2.view();
    const service = this.#sandbox.ecs.view().services.find(({ name }) => name === this.#service);
    const production = this.#watched.production;
    const route = routes.find(({ arn, ruleArn }) => arn === production || ruleArn === production);
    const reached = routes.flatMap(({ arn, appliedWeights = {} }) =>
      this.isTestRoute(arn)
        ? []
        : Object.keys(appliedWeights).filter((group) => (appliedWeights[group] ?? 0) > 0),
    );
    const serving = new Set<string>();
    const targets = groups.flatMap((group) => group.targets);
    const weights: Record<string, number> = {};
    const healthy: Record<string, { healthy: number; expected: number }> = {};
    for (const set of service?.taskSets ?? []) {
      const version = await this.versionOf(set.taskDefinitionArn);
      if (set.targetGroupArn) this.#groups.set(set.targetGroupArn, version);
      if (reached.includes(set.targetGroupArn ?? "")) serving.add(version);
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
    return { weights, healthy, serving: [...serving] };
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
  const gone = Object.keys(before.healthy).filter(
    (version) => !(version in after.healthy) && before.healthy[version]?.expected !== 0,
  );
  const none = gone.map((version) => ({
    kind: "healthy" as const,
    atSeconds,
    version,
    healthy: 0,
    expected: 0,
  }));
  return [...weight, ...tasks, ...none];
}
