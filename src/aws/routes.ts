import {
  type Action,
  DescribeListenersCommand,
  DescribeRulesCommand,
  type Listener,
  ModifyListenerCommand,
  ModifyRuleCommand,
  type Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { SluiceError } from "../core/errors.ts";
import type { WeightedRoute } from "../core/moves.ts";
import type { GroupWeight, ObservedRoute, RouteRef } from "../core/observation.ts";
import { formatWeights, sameWeights } from "../core/weights.ts";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";

/**
 * Reads routes in the order asked for; one that does not exist is left out. AWS fails the whole call for it
 * and names only the first, so then each is asked for by itself.
 */
export async function readRoutes(
  clients: Clients,
  refs: readonly RouteRef[],
): Promise<readonly ObservedRoute[]> {
  try {
    const actions = await readActions(clients, refs);
    return refs.map((ref) => observeRoute(ref, actions.get(ref.arn) ?? []));
  } catch (error) {
    if (!isNamed(error, "RuleNotFoundException", "ListenerNotFoundException")) throw error;
    if (refs.length <= 1) return [];
    const found = await Promise.all(refs.map((ref) => readRoutes(clients, [ref])));
    return found.flat();
  }
}

/** The forward action's weights; a forward without weights is one group with all of it. */
export function observeRoute(ref: RouteRef, actions: readonly Action[]): ObservedRoute {
  const forward = actions.find((action) => action.Type === "forward");
  const groups = forward?.ForwardConfig?.TargetGroups ?? [];
  const single = forward?.TargetGroupArn ? [{ groupArn: forward.TargetGroupArn, weight: 1 }] : [];
  const weights = groups.map((group) => ({
    groupArn: group.TargetGroupArn ?? "",
    weight: group.Weight ?? 1,
  }));
  const { Enabled: sticky = false, DurationSeconds } =
    forward?.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  const otherActions = actions.flatMap((action) => (action === forward ? [] : [action.Type ?? ""]));
  return {
    kind: ref.kind,
    arn: ref.arn,
    weights: weights.length > 0 ? weights : single,
    sticky,
    ...(sticky && DurationSeconds ? { stickySeconds: DurationSeconds } : {}),
    ...(otherActions.length > 0 ? { otherActions } : {}),
  };
}

/**
 * Writes the weights of a route's forward action and nothing else: other actions, their order, stickiness and
 * actions of types unknown to us go back as they were read. There is no compare-and-set on AWS's side, so the
 * action is read right before. Throws "refused" when it no longer says `from`.
 */
export async function writeWeights(
  clients: Clients,
  ref: RouteRef,
  from: readonly GroupWeight[],
  to: readonly GroupWeight[],
): Promise<void> {
  const actions = (await readActions(clients, [ref])).get(ref.arn) ?? [];
  const seen = observeRoute(ref, actions).weights;
  if (sameWeights(seen, to)) return;
  if (!sameWeights(seen, from)) throw drift(ref, seen, from);
  const written = actions.map((action) => withWeights(action, to));
  if (ref.kind === "listener-rule") {
    await call("elasticloadbalancing:ModifyRule", () =>
      clients.elb.send(new ModifyRuleCommand({ RuleArn: ref.arn, Actions: written })),
    );
  } else {
    await call("elasticloadbalancing:ModifyListener", () =>
      clients.elb.send(new ModifyListenerCommand({ ListenerArn: ref.arn, DefaultActions: written })),
    );
  }
}

/** Throws "refused" where a route does not say any more what it was seen to say. */
export async function expectWeights(clients: Clients, routes: readonly WeightedRoute[]): Promise<void> {
  for (const route of await readRoutes(clients, routes)) {
    const expected = routes.find(({ arn }) => arn === route.arn)?.weights ?? [];
    if (!sameWeights(route.weights, expected)) throw drift(route, route.weights, expected);
  }
}

function drift(ref: RouteRef, seen: readonly GroupWeight[], expected: readonly GroupWeight[]): SluiceError {
  return new SluiceError(
    "refused",
    `${ref.arn} says ${formatWeights(seen)}; a moment ago it said ${formatWeights(expected)}: somebody else changes it`,
    { hint: "Find out who or what else writes this rule (Terraform, another workflow), then run again." },
  );
}

function withWeights(action: Action, weights: readonly GroupWeight[]): Action {
  if (action.Type === "authenticate-oidc" && action.AuthenticateOidcConfig) {
    // It reads back without its secret; AWS keeps the one it has only when told to.
    return {
      ...action,
      AuthenticateOidcConfig: { ...action.AuthenticateOidcConfig, UseExistingClientSecret: true },
    };
  }
  if (action.Type !== "forward") return action;
  const { TargetGroupArn: _single, ...rest } = action;
  return {
    ...rest,
    ForwardConfig: {
      ...action.ForwardConfig,
      TargetGroups: weights.map((entry) => ({ TargetGroupArn: entry.groupArn, Weight: entry.weight })),
    },
  };
}

async function readActions(
  clients: Clients,
  refs: readonly RouteRef[],
): Promise<ReadonlyMap<string, readonly Action[]>> {
  const [rules, listeners] = await Promise.all([
    readRules(clients, arnsOf(refs, "listener-rule")),
    readListeners(clients, arnsOf(refs, "listener")),
  ]);
  return new Map([
    ...rules.map((rule) => [rule.RuleArn ?? "", rule.Actions ?? []] as const),
    ...listeners.map((listener) => [listener.ListenerArn ?? "", listener.DefaultActions ?? []] as const),
  ]);
}

function arnsOf(refs: readonly RouteRef[], kind: RouteRef["kind"]): readonly string[] {
  return refs.filter((ref) => ref.kind === kind).map((ref) => ref.arn);
}

export async function readRules(clients: Clients, arns: readonly string[]): Promise<readonly Rule[]> {
  if (arns.length === 0) return [];
  const answer = await call("elasticloadbalancing:DescribeRules", () =>
    clients.elb.send(new DescribeRulesCommand({ RuleArns: [...arns] })),
  );
  return answer.Rules ?? [];
}

export async function readListeners(clients: Clients, arns: readonly string[]): Promise<readonly Listener[]> {
  if (arns.length === 0) return [];
  const answer = await call("elasticloadbalancing:DescribeListeners", () =>
    clients.elb.send(new DescribeListenersCommand({ ListenerArns: [...arns] })),
  );
  return answer.Listeners ?? [];
}

/** Every rule of a listener, its default one included. */
export async function readRulesOf(clients: Clients, listenerArn: string): Promise<readonly Rule[]> {
  const found: Rule[] = [];
  let marker: string | undefined;
  do {
    const answer = await call("elasticloadbalancing:DescribeRules", () =>
      clients.elb.send(
        new DescribeRulesCommand({ ListenerArn: listenerArn, ...(marker ? { Marker: marker } : {}) }),
      ),
    );
    found.push(...(answer.Rules ?? []));
    marker = answer.NextMarker;
  } while (marker);
  return found;
}
