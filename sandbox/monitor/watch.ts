import type { DataPlaneEvents, RoutedRequest, TargetId } from "../ports.ts";
import type { Gate, WireCall } from "../wire/gate.ts";
import { History } from "./history.ts";
import { judgeWrite } from "./judge-write.ts";
import { countError, type LoadBalancerErrors } from "./load-balancer-errors.ts";
import type { MonitorOptions } from "./options.ts";
import { type Picture, takePicture } from "./picture.ts";
import { Records } from "./records.ts";
import { assessRequest } from "./rules/unhealthy-target.ts";
import { Standing } from "./standing.ts";

type HealthChange = Parameters<DataPlaneEvents["health"]>[0];

const keyOf = (targetGroupArn: string, { id, port }: TargetId): string => `${targetGroupArn} ${id}:${port}`;

/** Sees every write, change and request, has the rules judge it, and records what they find. */
export class Watch {
  readonly records: Records;
  loadBalancerErrors: readonly LoadBalancerErrors[] = [];
  writes = 0;
  requests = 0;
  readonly #options: MonitorOptions;
  readonly #history: History;
  readonly #standing: Standing;
  readonly #ends: readonly (() => void)[];
  /** How things stood when the last call ended. */
  #last: Picture | undefined;
  /** How things stood when a write that is still running began, by its number. */
  readonly #running = new Map<number, Picture>();
  /** Writes that have been judged at the gate and are yet to appear among the calls. */
  readonly #judged = new Set<number>();
  /** Targets that are known to have had requests while not healthy, until their health changes. */
  readonly #told = new Set<string>();
  #closed = false;

  constructor(options: MonitorOptions) {
    const { clock, settings, productionRoutes, ecs, calls } = options;
    this.#options = options;
    this.records = new Records(clock);
    this.#history = new History(productionRoutes, () => settings.speed);
    this.#standing = new Standing({
      clock,
      maxSurgeTasks: options.maxSurgeTasks ?? {},
      found: ({ rule, message }) => this.records.violation(rule, message),
      orphaned: ({ kind, message }) =>
        kind === "died"
          ? this.records.note("empty-group", message)
          : this.records.violation("orphan", message),
      look: () => this.look(),
    });
    this.#last = this.look();
    this.#ends = [
      ecs.onChange(() => this.look()),
      ...(calls ? [calls.listen((call) => this.#callEnded(call, call.outcome === "ok"))] : []),
    ];
  }

  /** Sees how things stand; undefined once closed, or when that failed. */
  look(): Picture | undefined {
    return this.#guarded(() => {
      const { ecs, elbv2, clock } = this.#options;
      const picture = takePicture(ecs, elbv2, clock.nowMs());
      this.#history.observe(picture);
      this.#standing.observe(this.#history.states(picture));
      return picture;
    });
  }

  healthChanged({ targetGroupArn, target }: HealthChange): void {
    this.#told.delete(keyOf(targetGroupArn, target));
    this.look();
  }

  request(request: RoutedRequest): void {
    this.#guarded(() => {
      if (!this.#history.isUsers(request.routeArn)) return;
      this.requests++;
      this.loadBalancerErrors = countError(this.loadBalancerErrors, request);
      this.#judgeRequest(request);
    });
  }

  gate(inner: Gate): Gate {
    return {
      before: async (call) => {
        const verdict = await inner.before(call);
        if (verdict.kind === "pass" && call.write) this.#began(call);
        return verdict;
      },
      after: (call) => {
        this.#ran(call);
        return inner.after(call);
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#standing.close();
    for (const end of this.#ends) end();
  }

  #began(call: WireCall): void {
    const picture = this.look();
    if (picture) this.#running.set(call.seq, picture);
  }

  #ran(call: WireCall): void {
    const before = this.#running.get(call.seq);
    this.#running.delete(call.seq);
    if (!before) return;
    if (this.#options.calls) this.#judged.add(call.seq);
    this.#judge(call, before);
  }

  #callEnded(call: WireCall, isDone: boolean): void {
    const wasJudged = this.#judged.delete(call.seq);
    const before = this.#last;
    if (call.write && isDone && !wasJudged && before) this.#last = this.#judge(call, before);
    else this.#last = this.look() ?? before;
  }

  #judge(call: WireCall, before: Picture): Picture | undefined {
    const after = this.look();
    if (!after) return before;
    this.writes++;
    this.#guarded(() => {
      const findings = judgeWrite(this.#history, { call, before, after }, this.#options.rolling ?? false);
      const { seq, operation } = call;
      for (const { rule, message } of findings) this.records.violation(rule, message, { seq, operation });
    });
    return after;
  }

  #judgeRequest({ targetGroupArn, target, targetHealth, durationMs }: RoutedRequest): void {
    if (!targetGroupArn || !target || targetHealth === undefined || targetHealth === "healthy") return;
    const { ecs, elbv2, clock } = this.#options;
    const key = keyOf(targetGroupArn, target);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const request = {
      targetGroupArn,
      target: `${target.id}:${target.port}`,
      health: targetHealth,
      chosenAtMs: clock.nowMs() - durationMs,
    };
    for (const service of this.#history.states(takePicture(ecs, elbv2, clock.nowMs()))) {
      const found = assessRequest(service, request);
      if (found?.kind === "violation") this.records.violation("unhealthy-target", found.message);
      else if (found) this.records.note("fail-open", found.message);
    }
  }

  #guarded<T>(work: () => T): T | undefined {
    if (this.#closed) return undefined;
    try {
      return work();
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.records.violation("monitor-failed", `The monitor failed, and this moment is unjudged: ${reason}`);
      return undefined;
    }
  }
}
