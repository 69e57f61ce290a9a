import type {
  Action,
  DescribeListenersOutput,
  DescribeRulesOutput,
  DescribeTagsOutput,
  Listener,
  Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Elbv2 } from "../elbv2/elbv2.ts";

type RouteView = ReturnType<Elbv2["view"]>["routes"][number];

/** A rule, or a listener's default action, in full: as its clients read it. */
export interface RouteFacts {
  /** The rule's ARN; the listener's for its default action. */
  readonly arn: string;
  /** What DescribeRules calls it. */
  readonly ruleArn: string;
  readonly listenerArn: string;
  /** For people: "rule 10 of web:80". */
  readonly label: string;
  /** Lower goes first; infinite for a default action. */
  readonly priority: number;
  /** A client made it to send some users to a new version. */
  readonly isCohort: boolean;
  readonly actions: readonly Action[];
  /** All else that a write can change: conditions and priority, or the listener's port, certificates … */
  readonly settings: Readonly<Record<string, unknown>>;
  /** By target group ARN, as last written … */
  readonly weights: Readonly<Record<string, number>>;
  /** … and as the data plane has them. */
  readonly appliedWeights: Readonly<Record<string, number>>;
}

/** Reads every route, through the same operations that clients use. */
export function readRoutes(
  elbv2: Pick<Elbv2, "service">,
  views: readonly RouteView[],
): readonly RouteFacts[] {
  const listeners = new Map(
    [...new Set(views.map((view) => view.listenerArn))].map((arn) => [arn, readListener(elbv2, arn)]),
  );
  return views.flatMap((view) => {
    const found = listeners.get(view.listenerArn);
    const rule = found?.rules.find(({ RuleArn }) => RuleArn === view.ruleArn);
    const isCohort = found?.cohorts.has(view.ruleArn) ?? false;
    return found?.listener && rule ? [factsOf(view, found.listener, rule, isCohort)] : [];
  });
}

/** On every rule that a client makes for some users only. */
const COHORT_TAG = "sluice:cohort";
/** Resources that one DescribeTags takes. */
const TAGS_AT_ONCE = 20;

interface ReadListener {
  readonly listener: Listener | undefined;
  readonly rules: readonly Rule[];
  /** ARNs of the rules made for a cohort. */
  readonly cohorts: ReadonlySet<string>;
}

function readListener({ service }: Pick<Elbv2, "service">, listenerArn: string): ReadListener {
  const call = (operation: string, input: unknown): unknown =>
    service.operations[operation]?.(input, { operation, accessKeyId: "monitor" });
  const listeners = call("DescribeListeners", { ListenerArns: [listenerArn] });
  const described = call("DescribeRules", { ListenerArn: listenerArn });
  const rules = isRules(described) ? (described.Rules ?? []) : [];
  const arns = rules.filter(({ IsDefault }) => !IsDefault).map(({ RuleArn = "" }) => RuleArn);
  return {
    listener: isListeners(listeners) ? listeners.Listeners?.[0] : undefined,
    rules,
    cohorts: new Set(cohortsAmong(arns, (ResourceArns) => call("DescribeTags", { ResourceArns }))),
  };
}

function cohortsAmong(
  arns: readonly string[],
  describeTags: (arns: readonly string[]) => unknown,
): readonly string[] {
  if (arns.length === 0) return [];
  const tags = describeTags(arns.slice(0, TAGS_AT_ONCE));
  const tagged = (isTags(tags) ? (tags.TagDescriptions ?? []) : []).filter(({ Tags = [] }) =>
    Tags.some(({ Key }) => Key === COHORT_TAG),
  );
  return [
    ...tagged.map(({ ResourceArn = "" }) => ResourceArn),
    ...cohortsAmong(arns.slice(TAGS_AT_ONCE), describeTags),
  ];
}

const isTags = (output: unknown): output is DescribeTagsOutput =>
  typeof output === "object" && output !== null && "TagDescriptions" in output;

const isListeners = (output: unknown): output is DescribeListenersOutput =>
  typeof output === "object" && output !== null && "Listeners" in output;

const isRules = (output: unknown): output is DescribeRulesOutput =>
  typeof output === "object" && output !== null && "Rules" in output;

function factsOf(view: RouteView, listener: Listener, rule: Rule, isCohort: boolean): RouteFacts {
  const { DefaultActions: _actions, ListenerArn: _arn, LoadBalancerArn, ...listenerSettings } = listener;
  const { Actions = [], RuleArn: _ruleArn, IsDefault: _default, ...ruleSettings } = rule;
  const where = `${LoadBalancerArn?.split("/")[2] ?? "?"}:${listener.Port ?? "?"}`;
  return {
    arn: view.arn,
    ruleArn: view.ruleArn,
    listenerArn: view.listenerArn,
    priority: view.isDefault ? Number.POSITIVE_INFINITY : Number(rule.Priority),
    isCohort,
    label: view.isDefault ? `the default action of ${where}` : `rule ${rule.Priority} of ${where}`,
    actions: Actions,
    settings: view.isDefault ? listenerSettings : ruleSettings,
    weights: view.weights,
    appliedWeights: view.appliedWeights ?? view.weights,
  };
}
