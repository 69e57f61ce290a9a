import type { Settings } from "../../ports.ts";
import type { Model } from "../control/model.ts";
import { chooseGroup, eligible, minimumHealthy } from "../routing/choose.ts";
import { GROUP_COOKIE, pinCookies, pinnedTo, TARGET_COOKIE } from "../routing/cookies.ts";
import type { Forward } from "../routing/outcome.ts";
import type { Member, TargetRegistry } from "../targets/registry.ts";

/** Who gets a request. */
export type Selection =
  | {
      readonly kind: "target";
      readonly targetGroupArn: string;
      readonly member: Member;
      /** The target's health when it was chosen. */
      readonly health: string;
      readonly failedOpen: boolean;
      /** `Set-Cookie` headers that pin the client. */
      readonly cookies: readonly string[];
    }
  | { readonly kind: "none"; readonly targetGroupArn?: string };

export interface SelectorParts {
  readonly model: Model;
  readonly registry: TargetRegistry;
  readonly settings: Settings;
  readonly random: () => number;
}

/** The members of a group that get traffic now: the healthy, or all of them when the group fails open. */
export function receiving(
  { model, registry }: Pick<SelectorParts, "model" | "registry">,
  targetGroupArn: string,
): { readonly members: readonly Member[]; readonly failedOpen: boolean } {
  const attributes = model.targetGroups.get(targetGroupArn)?.attributes ?? {};
  const candidates = registry
    .routable(targetGroupArn)
    .map((member) => ({ member, healthy: member.health.kind === "healthy" }));
  const { targets, failedOpen } = eligible(candidates, minimumHealthy(attributes, candidates.length));
  return { members: targets.map(({ member }) => member), failedOpen };
}

/** Chooses targets for requests: group by weight or pin, then target by pin or in turn. */
export class Selector {
  readonly #parts: SelectorParts;
  readonly #turns = new Map<string, number>();

  constructor(parts: SelectorParts) {
    this.#parts = parts;
  }

  select(forward: Forward, cookieHeader: string | undefined, nowMs: number): Selection {
    const pinned = pinnedTo(GROUP_COOKIE, cookieHeader, nowMs);
    const targetGroupArn = chooseGroup(forward, {
      ...(pinned === undefined ? {} : { pinned }),
      pinnedReachesWeightZero: this.#parts.settings.stickyReachesWeightZero,
      random: this.#parts.random(),
    });
    if (targetGroupArn === undefined) return { kind: "none" };
    const { members, failedOpen } = receiving(this.#parts, targetGroupArn);
    const sticky = this.#targetStickiness(targetGroupArn);
    const member = this.#pick(
      targetGroupArn,
      members,
      sticky ? pinnedTo(TARGET_COOKIE, cookieHeader, nowMs) : undefined,
    );
    if (!member) return { kind: "none", targetGroupArn };
    const cookies: string[] = [];
    if (forward.stickySeconds !== undefined) {
      const expiresMs = nowMs + forward.stickySeconds * 1000;
      cookies.push(...pinCookies(GROUP_COOKIE, { value: targetGroupArn, expiresMs }));
    }
    if (sticky) {
      const expiresMs = nowMs + sticky.durationSeconds * 1000;
      cookies.push(...pinCookies(TARGET_COOKIE, { value: nameOf(member), expiresMs }));
    }
    return { kind: "target", targetGroupArn, member, health: member.health.kind, failedOpen, cookies };
  }

  #pick(group: string, members: readonly Member[], pinned: string | undefined): Member | undefined {
    const known = pinned === undefined ? undefined : members.find((member) => nameOf(member) === pinned);
    if (known) return known;
    const turn = this.#turns.get(group) ?? 0;
    this.#turns.set(group, turn + 1);
    return members[turn % Math.max(1, members.length)];
  }

  #targetStickiness(targetGroupArn: string): { readonly durationSeconds: number } | undefined {
    const attributes = this.#parts.model.targetGroups.get(targetGroupArn)?.attributes;
    if (attributes?.["stickiness.enabled"] !== "true" || attributes["stickiness.type"] !== "lb_cookie") {
      return undefined;
    }
    return { durationSeconds: Number(attributes["stickiness.lb_cookie.duration_seconds"]) };
  }
}

const nameOf = (member: Member): string => `${member.target.id}:${member.target.port}`;
