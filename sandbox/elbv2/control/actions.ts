import type {
  Action,
  ForwardActionConfig,
  TargetGroupStickinessConfig,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../wire/service.ts";
import { groupsOf } from "../routing/outcome.ts";
import { type LoadBalancerRecord, loadBalancersOf, type Model, requireTargetGroup } from "./model.ts";
import { checkRange, invalid } from "./validation.ts";

const TERMINAL: readonly string[] = ["forward", "redirect", "fixed-response"];
const GROUPS_PER_ACTION = 5;
const APPLICATION_PROTOCOLS: readonly string[] = ["HTTP", "HTTPS"];

const badAction = (message: string): AwsError => new AwsError("InvalidLoadBalancerAction", message);

/**
 * Checks the actions of a write to a route and gives them as AWS reads them back: a forward to one group with
 * both TargetGroupArn and ForwardConfig, authenticate-oidc without its secret. `previous` are the route's
 * actions so far: `UseExistingClientSecret` needs an authenticate-oidc among them. Order stays as written.
 */
export function acceptActions(
  model: Model,
  loadBalancer: LoadBalancerRecord,
  actions: readonly Action[] | undefined,
  previous: readonly Action[],
): readonly Action[] {
  const given = actions ?? [];
  checkOrder(given);
  const accepted = given.map((action) => acceptAction(model, loadBalancer, action, previous));
  checkGroups(model, loadBalancer, accepted);
  return accepted;
}

function checkOrder(actions: readonly Action[]): void {
  if (actions.length === 0) throw invalid("You must specify at least one action");
  if (actions.length > 1) {
    const orders = new Set(actions.map((action) => action.Order));
    if (orders.has(undefined)) throw invalid("You must specify an order for each of several actions");
    if (orders.size < actions.length) throw invalid("Every action must have an order of its own");
  }
  const ordered = [...actions].sort((one, other) => (one.Order ?? 0) - (other.Order ?? 0));
  const terminal = ordered.filter((action) => TERMINAL.includes(action.Type ?? ""));
  if (terminal.length !== 1 || terminal[0] !== ordered[ordered.length - 1]) {
    throw badAction(
      "The last action must be one of forward, redirect and fixed-response, and no other action may be one of them",
    );
  }
}

function acceptAction(
  model: Model,
  loadBalancer: LoadBalancerRecord,
  action: Action,
  previous: readonly Action[],
): Action {
  if (action.Order !== undefined) checkRange("Action order", action.Order, 1, 50_000);
  switch (action.Type) {
    case "forward":
      return acceptForward(model, loadBalancer, action);
    case "fixed-response":
      checkFixedResponse(action);
      return action;
    case "redirect":
      checkRedirect(action);
      return action;
    case "authenticate-oidc":
      return acceptOidc(action, previous);
    default:
      return action;
  }
}

function acceptForward(model: Model, loadBalancer: LoadBalancerRecord, action: Action): Action {
  const config = forwardConfig(action);
  const groups = config.TargetGroups ?? [];
  if (groups.length === 0) throw badAction("A forward action must name a target group");
  if (groups.length > GROUPS_PER_ACTION) {
    throw invalid(`A forward action can have at most ${GROUPS_PER_ACTION} target groups`);
  }
  if (new Set(groups.map((group) => group.TargetGroupArn)).size < groups.length) {
    throw badAction("A target group can be specified only once in a forward action");
  }
  const [first] = groups;
  if (
    action.TargetGroupArn !== undefined &&
    (groups.length > 1 || first?.TargetGroupArn !== action.TargetGroupArn)
  ) {
    throw badAction(
      "If both TargetGroupArn and ForwardConfig are given, they must name the same one target group",
    );
  }
  for (const group of groups) checkRange("Target group weight", group.Weight ?? 1, 0, 999);
  const stickiness = acceptStickiness(config.TargetGroupStickinessConfig);
  checkSticky(model, groups.length, config, stickiness);
  if (loadBalancer.type === "network" && groups.length > 1) {
    throw invalid("Listeners of network load balancers forward to exactly one target group");
  }
  const ForwardConfig = {
    TargetGroups: groups.map(({ TargetGroupArn, Weight }) => ({ TargetGroupArn, Weight: Weight ?? 1 })),
    TargetGroupStickinessConfig: stickiness,
  };
  const { TargetGroupArn: _, ...rest } = action;
  return groups.length === 1
    ? { ...rest, TargetGroupArn: first?.TargetGroupArn, ForwardConfig }
    : { ...rest, ForwardConfig };
}

const forwardConfig = (action: Action): ForwardActionConfig =>
  action.ForwardConfig?.TargetGroups?.length
    ? action.ForwardConfig
    : {
        ...action.ForwardConfig,
        TargetGroups: action.TargetGroupArn === undefined ? [] : [{ TargetGroupArn: action.TargetGroupArn }],
      };

/** AWS checks the duration even where stickiness is off (seen in public reports of Terraform users). */
function acceptStickiness(config: TargetGroupStickinessConfig | undefined): TargetGroupStickinessConfig {
  const seconds = config?.DurationSeconds;
  const enabled = config?.Enabled ?? false;
  if ((seconds === undefined && enabled) || (seconds !== undefined && (seconds < 1 || seconds > 604_800))) {
    throw invalid("Target group stickiness duration must be between 1 and 604800 seconds");
  }
  return { Enabled: enabled, ...(seconds === undefined ? {} : { DurationSeconds: seconds }) };
}

function checkSticky(
  model: Model,
  count: number,
  config: ForwardActionConfig,
  stickiness: TargetGroupStickinessConfig,
): void {
  const sticky = (config.TargetGroups ?? []).some(
    (group) => requireTargetGroup(model, group.TargetGroupArn).attributes["stickiness.enabled"] === "true",
  );
  if (sticky && count > 1 && !stickiness.Enabled) {
    throw new AwsError(
      "InvalidConfigurationRequest",
      "You must enable group stickiness on a rule if you enabled target stickiness on one of its target groups",
    );
  }
}

function checkGroups(model: Model, loadBalancer: LoadBalancerRecord, actions: readonly Action[]): void {
  for (const { targetGroupArn } of groupsOf(actions)) {
    const group = requireTargetGroup(model, targetGroupArn);
    const forApplication = APPLICATION_PROTOCOLS.includes(group.protocol);
    if (forApplication !== (loadBalancer.type === "application")) {
      throw new AwsError(
        "IncompatibleProtocols",
        `Target group '${targetGroupArn}' has protocol ${group.protocol}, which load balancers of type '${loadBalancer.type}' do not forward to`,
      );
    }
    if (loadBalancersOf(model, targetGroupArn).some((arn) => arn !== loadBalancer.arn)) {
      throw new AwsError(
        "TargetGroupAssociationLimit",
        `The following target groups cannot be associated with more than one load balancer: ${targetGroupArn}`,
      );
    }
  }
}

function checkFixedResponse(action: Action): void {
  const config = action.FixedResponseConfig;
  if (!/^[245]\d\d$/.test(config?.StatusCode ?? "")) {
    throw badAction(`A fixed response must have a status code 2XX, 4XX or 5XX, not '${config?.StatusCode}'`);
  }
  if ((config?.MessageBody?.length ?? 0) > 1024)
    throw badAction("A fixed response has at most 1024 characters");
}

function checkRedirect(action: Action): void {
  const config = action.RedirectConfig;
  if (config?.StatusCode !== "HTTP_301" && config?.StatusCode !== "HTTP_302") {
    throw badAction("A redirect must have the status code HTTP_301 or HTTP_302");
  }
  const parts = [config.Protocol, config.Host, config.Port, config.Path];
  if (parts.every((part) => part === undefined)) {
    throw badAction("A redirect must change at least one of protocol, host, port and path");
  }
}

function acceptOidc(action: Action, previous: readonly Action[]): Action {
  const { ClientSecret, UseExistingClientSecret, ...config } = action.AuthenticateOidcConfig ?? {
    Issuer: undefined,
    AuthorizationEndpoint: undefined,
    TokenEndpoint: undefined,
    UserInfoEndpoint: undefined,
    ClientId: undefined,
  };
  const known = previous.some((other) => other.Type === "authenticate-oidc");
  if (ClientSecret === undefined && !(UseExistingClientSecret === true && known)) {
    throw badAction(
      "You must specify a client secret for an authenticate-oidc action, or UseExistingClientSecret",
    );
  }
  if (ClientSecret !== undefined && UseExistingClientSecret === true) {
    throw badAction("ClientSecret and UseExistingClientSecret cannot be given together");
  }
  return { ...action, AuthenticateOidcConfig: config };
}
