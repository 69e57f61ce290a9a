import type { Clients } from "../../aws/clients.ts";
import { readAlarms, readSaturation } from "../../aws/levels.ts";
import { totalOf } from "../../core/counts.ts";
import type { CountSource, MeasuredVersion, MetricWindow } from "../../core/metric-source.ts";
import type { Question, Subject } from "../../core/moves.ts";
import type { Plan } from "../../core/plan.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import type { Verdict } from "../../core/verdict.ts";
import { formatPercent } from "../../core/weights.ts";
import { judgeAlarms, nameOf, unaskedAlarms } from "../../evidence/gates/alarms.ts";
import { judgeCounts } from "../../evidence/gates/counts-gate.ts";
import { overallOf } from "../../evidence/gates/overall.ts";
import type { CountsReading, CountsRule } from "../../evidence/gates/reading.ts";
import { judgeRecovery, recoveryVerdict } from "../../evidence/gates/recovery.ts";
import { rulesOf } from "../../evidence/gates/rules.ts";
import { judgeSaturation } from "../../evidence/gates/saturation.ts";
import { afterWarmUp } from "../../evidence/gates/warm-up.ts";
import { historyMsFor } from "../../evidence/sequential/dispersion.ts";
import { asSluiceError, type Clock, type Measured } from "../controller.ts";
import { createSources, type GateSource, type SourceContext } from "./sources.ts";
import { Versions } from "./versions.ts";

type MetricsQuestion = Extract<Question, { kind: "metrics" }>;
type RecoveryQuestion = Extract<Question, { kind: "recovery" }>;

/** Asks every gate on metrics, all at once; one whose source cannot be asked says so, which is never a pass. */
export class Gates {
  readonly #clients: Clients;
  readonly #plan: Plan;
  readonly #clock: Clock;
  readonly #sources: ReadonlyMap<string, GateSource>;
  readonly #versions: Versions;

  constructor(clients: Clients, plan: Plan, context: SourceContext) {
    this.#clients = clients;
    this.#plan = plan;
    this.#clock = context.clock;
    this.#sources = createSources(plan.spec, context);
    this.#versions = new Versions(clients, plan);
  }

  async measure(question: MetricsQuestion, signal: AbortSignal): Promise<Measured> {
    const rules = rulesOf(this.#plan.spec.gates, question.budgetShare);
    const each = await Promise.all([
      ...rules.map(async (rule) => [await this.#counts(rule, question, signal)]),
      this.#saturation(question),
      this.#alarms(question, signal),
    ]);
    const verdicts = each.flat();
    return { verdict: overallOf(verdicts), each: verdicts };
  }

  /** By the errors gate's own source. */
  async recovery(question: RecoveryQuestion, signal: AbortSignal): Promise<Measured> {
    const verdict = await this.#recovered(question, signal);
    return { verdict, each: [verdict] };
  }

  async #recovered(question: RecoveryQuestion, signal: AbortSignal): Promise<Verdict> {
    const gate = this.#sources.get("errors");
    if (!gate)
      return { kind: "insufficient", gate: "recovery", reason: "unverified: the errors gate is off" };
    const { periodMs } = gate;
    const beforeMs = floorTo(question.beforeMs, periodMs);
    const window = {
      historyFromMs: historyFromMs(question.stable, beforeMs, periodMs),
      fromMs: Math.ceil(question.fromMs / periodMs) * periodMs,
      toMs: this.#clock.nowMs(),
      periodMs,
    };
    try {
      const version = await this.#versions.of(question.stable);
      const { arms } = await gate.source.read([version], window, signal);
      const arm = arms[0] ?? [];
      return recoveryVerdict(
        judgeRecovery(
          arm.filter(({ atMs }) => atMs >= window.fromMs),
          arm.filter(({ atMs }) => atMs < beforeMs),
        ),
      );
    } catch (error) {
      const { reason } = unasked("recovery", gate.source, error);
      const mayBeAskedAgain = asSluiceError(error).kind === "transient";
      return {
        kind: mayBeAskedAgain ? "insufficient" : "error",
        gate: "recovery",
        reason: `unverified: ${reason}`,
      };
    }
  }

  async #counts(rule: CountsRule, question: MetricsQuestion, signal: AbortSignal): Promise<Verdict> {
    const gate = this.#sources.get(rule.gate);
    if (!gate) return { kind: "error", gate: rule.gate, reason: "its source is not known" };
    if (this.#clock.nowMs() < (question.warmUntilMs ?? 0)) return this.#stillCold(rule);
    try {
      const reading = await this.#read(gate, question, signal);
      const { verdict } = judgeCounts(reading, rule);
      return rule.gate === "errors" ? withMeasuredShare(verdict, reading) : verdict;
    } catch (error) {
      return { ...unasked(rule.gate, gate.source, error), ...(rule.isDryRun ? { isDryRun: true } : {}) };
    }
  }

  /** Its source is not asked yet. */
  #stillCold({ gate, isDryRun }: CountsRule): Verdict {
    const warmUp = formatDuration(this.#plan.spec.gates["warm-up"]);
    const reason = `new tasks have ${warmUp} to warm up, in which nothing counts`;
    return { kind: "insufficient", gate, reason, ...(isDryRun ? { isDryRun } : {}) };
  }

  async #read(
    { source, periodMs, fault }: GateSource,
    question: MetricsQuestion,
    signal: AbortSignal,
  ): Promise<CountsReading> {
    const fromMs = floorTo(question.fromMs, periodMs);
    const window: MetricWindow = {
      historyFromMs: historyFromMs(question.stable, fromMs, periodMs),
      fromMs,
      toMs: this.#clock.nowMs(),
      periodMs,
    };
    const canary = await this.#versions.of(question.canary);
    const stable = question.stable && (await this.#versions.of(question.stable));
    const versions: readonly MeasuredVersion[] = stable ? [canary, stable] : [canary];
    const counts = await source.read(versions, window, signal);
    const since = (index: number) => (counts.arms[index] ?? []).filter(({ atMs }) => atMs >= fromMs);
    const reading = {
      canary: since(0),
      stable: stable && since(1),
      history: (counts.arms[1] ?? []).filter(({ atMs }) => atMs < fromMs),
      periodMs,
      fault: counts.fault ?? fault,
    };
    return afterWarmUp(reading, question.warmUntilMs ?? fromMs);
  }

  async #saturation({ fromMs }: MetricsQuestion): Promise<readonly Verdict[]> {
    const gate = this.#plan.spec.gates.saturation;
    if (!gate) return [];
    try {
      const reading = await readSaturation(this.#clients, {
        serviceArn: this.#plan.serviceArn,
        of: gate.of,
        historyFromMs: floorTo(fromMs, gate.period) - historyMsFor(gate.period),
        fromMs: Math.ceil(fromMs / gate.period) * gate.period,
        toMs: this.#clock.nowMs(),
        periodMs: gate.period,
      });
      return [judgeSaturation(reading, gate)];
    } catch (error) {
      const dryRun = gate["dry-run"] ? { isDryRun: true as const } : {};
      return [{ ...unasked("saturation", { title: "CloudWatch" }, error), ...dryRun }];
    }
  }

  async #alarms({ canary }: MetricsQuestion, signal: AbortSignal): Promise<readonly Verdict[]> {
    const { alarms } = this.#plan.spec.gates;
    if (alarms.length === 0) return [];
    try {
      const states = await readAlarms(this.#clients, alarms.map(nameOf), signal);
      return judgeAlarms(states, alarms, canary.createdAtMs);
    } catch (error) {
      return unaskedAlarms(alarms, unasked("alarms", { title: "CloudWatch" }, error).reason);
    }
  }
}

/** Before its task set stood, another version had the old one's target group, and may have failed in it. */
function historyFromMs(stable: Subject | undefined, beforeMs: number, periodMs: number): number {
  const longAgoMs = beforeMs - historyMsFor(periodMs);
  const stoodMs = Math.ceil((stable?.createdAtMs ?? 0) / periodMs) * periodMs;
  return Math.min(beforeMs, Math.max(longAgoMs, stoodMs));
}

function unasked(gate: string, { title }: Pick<CountSource, "title">, error: unknown): Verdict {
  return { kind: "error", gate, reason: `${title} could not be asked: ${asSluiceError(error).message}` };
}

/** Sticky sessions and few requests make a version's share another one than its weight: what counts is measured. */
function withMeasuredShare(verdict: Verdict, { canary, stable = [] }: CountsReading): Verdict {
  const { requests } = totalOf(canary);
  const all = requests + totalOf(stable).requests;
  if (all === 0) return verdict;
  const percent = formatPercent((100 * requests) / all);
  return { ...verdict, reason: `${verdict.reason}; it got ${percent} of the service's requests` };
}

const floorTo = (ms: number, periodMs: number): number => Math.floor(ms / periodMs) * periodMs;
