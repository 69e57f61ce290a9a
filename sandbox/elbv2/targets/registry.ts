import type { Cancel } from "../../clock.ts";
import type { DataPlaneEvents, Prober, Surroundings, TargetGroups, TargetId } from "../../ports.ts";
import { AwsError } from "../../wire/service.ts";
import { allActions, type Model, requireTargetGroup } from "../control/model.ts";
import type { Propagation } from "../propagation.ts";
import { groupsOf } from "../routing/outcome.ts";
import {
  afterProbe,
  type CheckedHealth,
  drainingWords,
  type HealthWords,
  notRegisteredWords,
  uncheckedHealth,
  wordsFor,
} from "./health.ts";

/** A target of one target group, from its registration to the end of its deregistration delay. */
export interface Member {
  readonly targetGroupArn: string;
  readonly target: TargetId;
  /** What the health checks say; stands still while the target drains. */
  health: CheckedHealth;
  drain: Drain | undefined;
  cancelCheck: Cancel;
}

interface Drain {
  readonly cancel: Cancel;
  readonly over: Promise<void>;
  readonly finish: () => void;
}

export interface RegistryParts {
  readonly model: Model;
  readonly surroundings: Surroundings;
  readonly prober: Prober;
  readonly events: DataPlaneEvents;
  readonly propagation: Propagation;
  readonly random: () => number;
  /** The data plane stops giving a target new requests. */
  readonly onUnrouted: (member: Member) => void;
  /** A target's deregistration delay is over: whatever it still serves is cut. */
  readonly onGone: (member: Member) => void;
}

const FIRST_CHECK_WITHIN_MS = 1000;
const TARGETS_PER_GROUP = 1000;

/** Who is registered where, how they fare in their health checks, and how they drain. */
export class TargetRegistry implements TargetGroups {
  readonly #parts: RegistryParts;
  readonly #members = new Map<string, Map<string, Member>>();
  /** Members the data plane knows of, by target group; it lags behind `#members`. */
  readonly #routable = new Map<string, readonly Member[]>();
  #inUse: ReadonlySet<string> = new Set();
  #closed = false;

  constructor(parts: RegistryParts) {
    this.#parts = parts;
  }

  exists(targetGroupArn: string): boolean {
    return this.#parts.model.targetGroups.has(targetGroupArn);
  }

  targetType(targetGroupArn: string): string {
    return requireTargetGroup(this.#parts.model, targetGroupArn).targetType;
  }

  inUse(targetGroupArn: string): boolean {
    return this.#inUse.has(targetGroupArn);
  }

  /** All members of a group, those that drain included. */
  members(targetGroupArn: string): readonly Member[] {
    return [...(this.#members.get(targetGroupArn)?.values() ?? [])];
  }

  /** The members that the data plane may send requests to, health aside. */
  routable(targetGroupArn: string): readonly Member[] {
    return this.#routable.get(targetGroupArn) ?? [];
  }

  /** Registers a target; a draining one is taken back, a registered one left as it is. */
  register(targetGroupArn: string, target: TargetId): void {
    requireTargetGroup(this.#parts.model, targetGroupArn);
    const group = this.#members.get(targetGroupArn) ?? new Map<string, Member>();
    this.#members.set(targetGroupArn, group);
    const known = group.get(keyOf(target));
    if (known && !known.drain) return;
    if (!known && group.size >= TARGETS_PER_GROUP) {
      throw new AwsError(
        "TooManyTargets",
        `The maximum number of targets of '${targetGroupArn}' has been reached`,
      );
    }
    const before = known ? this.#words(known).state : "unused";
    known?.drain?.cancel();
    known?.drain?.finish();
    const member: Member = known ?? {
      targetGroupArn,
      target,
      health: { kind: "unused" },
      drain: undefined,
      cancelCheck: () => undefined,
    };
    member.drain = undefined;
    group.set(keyOf(target), member);
    member.health = this.inUse(targetGroupArn) ? uncheckedHealth : { kind: "unused" };
    this.#tell(member, before);
    this.#propagate(targetGroupArn, () => this.#route(member));
    this.#checkSoon(member);
  }

  #propagate(targetGroupArn: string, apply: () => void): void {
    const { propagation, surroundings } = this.#parts;
    const { propagationDelayMs, targetPropagationDelayMs = propagationDelayMs } = surroundings.settings;
    propagation.schedule(`targets of ${targetGroupArn}`, apply, targetPropagationDelayMs);
  }

  /** Resolves when the deregistration delay is over; at once if it is 0 or the group is in no use. */
  deregister(targetGroupArn: string, target: TargetId): Promise<void> {
    const member = this.#members.get(targetGroupArn)?.get(keyOf(target));
    if (!member) return Promise.resolve();
    if (member.drain) return member.drain.over;
    const { clock, settings } = this.#parts.surroundings;
    const { attributes } = requireTargetGroup(this.#parts.model, targetGroupArn);
    const delayMs = (Number(attributes["deregistration_delay.timeout_seconds"]) * 1000) / settings.speed;
    const before = this.#words(member).state;
    member.cancelCheck();
    let finish = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const immediate = delayMs === 0 || !this.inUse(targetGroupArn);
    const cancel = immediate ? () => undefined : clock.after(delayMs, () => this.#end(member));
    member.drain = { cancel, over, finish };
    this.#propagate(targetGroupArn, () => this.#unroute(member));
    if (immediate) this.#remove(member, before);
    else this.#tell(member, before);
    return over;
  }

  health(targetGroupArn: string, target: TargetId): string {
    return this.describe(targetGroupArn, target).state;
  }

  /** DescribeTargetHealth's words for a target, registered or not. */
  describe(targetGroupArn: string, target: TargetId): HealthWords {
    const member = this.#members.get(targetGroupArn)?.get(keyOf(target));
    return member ? this.#words(member) : notRegisteredWords;
  }

  /** Starts or stops checking the targets of groups that came into or went out of use. */
  usageChanged(): void {
    const actions = allActions(this.#parts.model).flatMap((route) => route.actions);
    this.#inUse = new Set(groupsOf(actions).map((group) => group.targetGroupArn));
    for (const group of this.#members.values()) {
      for (const member of group.values()) this.#adjust(member);
    }
  }

  removeGroup(targetGroupArn: string): void {
    for (const member of this.members(targetGroupArn)) {
      member.cancelCheck();
      member.drain?.cancel();
      this.#remove(member, this.#words(member).state);
      this.#unroute(member);
    }
    this.#members.delete(targetGroupArn);
    this.#routable.delete(targetGroupArn);
  }

  close(): void {
    this.#closed = true;
    for (const group of this.#members.values()) {
      for (const member of group.values()) {
        member.cancelCheck();
        member.drain?.cancel();
        member.drain?.finish();
      }
    }
  }

  #adjust(member: Member): void {
    const used = this.inUse(member.targetGroupArn);
    if (member.drain || used === (member.health.kind !== "unused")) return;
    const before = this.#words(member).state;
    member.cancelCheck();
    member.health = used ? uncheckedHealth : { kind: "unused" };
    this.#tell(member, before);
    this.#checkSoon(member);
  }

  #checkSoon(member: Member): void {
    if (member.health.kind === "unused") return;
    const { surroundings, random } = this.#parts;
    this.#checkAfter(member, (random() * FIRST_CHECK_WITHIN_MS) / surroundings.settings.speed);
  }

  #checkAfter(member: Member, delayMs: number): void {
    member.cancelCheck();
    member.cancelCheck = this.#parts.surroundings.clock.after(delayMs, () => this.#check(member));
  }

  /** A probe that ends after its target has been deregistered, or its group unhung, counts for nothing. */
  async #check(member: Member): Promise<void> {
    const { model, surroundings, prober } = this.#parts;
    const group = model.targetGroups.get(member.targetGroupArn);
    if (!group || this.#closed) return;
    const { healthCheck } = group;
    const { clock, settings } = surroundings;
    const startedMs = clock.nowMs();
    const checked = member.health;
    const result = await prober.probe(member.target, {
      protocol: healthCheck.protocol,
      path: healthCheck.path,
      port: healthCheck.port === "traffic-port" ? member.target.port : Number(healthCheck.port),
      timeoutMs: (healthCheck.timeoutSeconds * 1000) / settings.speed,
      matcher: healthCheck.matcher,
    });
    if (this.#closed || member.drain || member.health !== checked) return;
    const before = this.#words(member).state;
    member.health = afterProbe(member.health, result, healthCheck);
    this.#tell(member, before);
    const intervalMs = (healthCheck.intervalSeconds * 1000) / settings.speed;
    this.#checkAfter(member, Math.max(0, intervalMs - (clock.nowMs() - startedMs)));
  }

  #end(member: Member): void {
    this.#remove(member, "draining");
  }

  #remove(member: Member, before: string): void {
    const group = this.#members.get(member.targetGroupArn);
    group?.delete(keyOf(member.target));
    if (!this.routable(member.targetGroupArn).includes(member)) this.#parts.onGone(member);
    if (before !== "unused") this.#emit(member, before, "unused");
    member.drain?.finish();
  }

  #route(member: Member): void {
    const others = this.routable(member.targetGroupArn).filter((other) => other !== member);
    this.#routable.set(member.targetGroupArn, [...others, member]);
  }

  #unroute(member: Member): void {
    const others = this.routable(member.targetGroupArn).filter((other) => other !== member);
    this.#routable.set(member.targetGroupArn, others);
    this.#parts.onUnrouted(member);
    const registered = this.#members.get(member.targetGroupArn)?.get(keyOf(member.target)) === member;
    if (!registered) this.#parts.onGone(member);
  }

  #words(member: Member): HealthWords {
    return member.drain ? drainingWords : wordsFor(member.health);
  }

  #tell(member: Member, before: string): void {
    const after = this.#words(member).state;
    if (after !== before) this.#emit(member, before, after);
  }

  #emit(member: Member, from: string, to: string): void {
    this.#parts.events.health({ targetGroupArn: member.targetGroupArn, target: member.target, from, to });
  }
}

const keyOf = (target: TargetId): string => `${target.id}:${target.port}`;
