import type { Clock } from "../clock.ts";
import type { Ecs } from "../ecs/ecs.ts";
import type { Elbv2 } from "../elbv2/elbv2.ts";
import type { Settings } from "../ports.ts";
import type { CallLog } from "../wire/calls.ts";

export interface MonitorOptions {
  readonly clock: Clock;
  readonly settings: Pick<Settings, "speed">;
  readonly ecs: Pick<Ecs, "view" | "onChange">;
  readonly elbv2: Pick<Elbv2, "view" | "service">;
  /**
   * Writes are judged when they end, against how things stood when the last call before them ended. Where the
   * server's gate is `Monitor.gate(…)` too, they are judged right after they ran, against the moment before.
   */
  readonly calls?: Pick<CallLog, "listen">;
  /** ARNs of rules, or of listeners for their default actions. Default: what forwards to two of a service's groups. */
  readonly productionRoutes?: readonly string[];
  /**
   * The stable set may follow its weight everywhere: rule "stable-shrunk" is off. Default: only where a task set
   * with the tag `sluice:strategy=rolling` replaces it.
   */
  readonly rolling?: boolean;
  /** By service name: how many tasks above its desired count a rolling rollout may have. Default: any number. */
  readonly maxSurgeTasks?: Readonly<Record<string, number>>;
}
