import {
  type Account,
  listenerArn,
  loadBalancerArn,
  ruleArn,
  targetGroupArn,
} from "../../../sandbox/arns.ts";
import type {
  Definition,
  ImageDefinition,
  ListenerDefinition,
  RuleDefinition,
} from "../../../sandbox/definition.ts";
import { parseElbArn } from "../../core/spec/elb-arn.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { clusterName } from "../../core/spec/semantics.ts";
import { isRecord, type RawService, setIn } from "./spec.ts";

/** What a spec does not say of its service. */
export interface ServiceFacts {
  readonly desiredCount: number;
  readonly healthPath: string;
  /** By name; the first is the one that serves. */
  readonly images: Readonly<Record<string, ImageDefinition>>;
}

/** A production route as users reach it. */
export interface UserRoute {
  /** In the sandbox. */
  readonly listenerArn: string;
  readonly routeArn: string;
  /** Those that its condition asks for. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An account that is made for a spec, so that the spec's service stands in it. */
export interface SpecAccount {
  readonly definition: Definition;
  /** The ARNs of the sandbox, by those of the spec. */
  readonly arns: ReadonlyMap<string, string>;
  readonly routes: readonly UserRoute[];
  readonly testRouteArn: string;
}

const ROUTE_HEADER = "x-sluice-route";
const TEST_HEADER = { name: "x-sluice-test", value: "1" };
const TEST_PRIORITY = 10;
/** Between the rules of production routes there is room for those of route steps. */
const PRIORITY_STEP = 100;
/** Long enough for any request of the load, and a tenth of AWS's default. */
const DEREGISTRATION_SECONDS = "5";
const STOP_TIMEOUT_SECONDS = 10;
const CONTAINER_PORT = 8080;
const LONGEST_GROUP_NAME = 32;

/**
 * The account that `spec` describes: its cluster, service and container, its listeners and rules, and two target
 * groups. Names, Region and account number are the spec's; the ids in ARNs are the sandbox's.
 */
export function accountOf(spec: ServiceSpec, facts: ServiceFacts): SpecAccount {
  const places = placesOf(spec);
  const account = { region: places.region, accountId: places.accountId };
  const groups = groupNames(spec);
  const arns = new Map([
    ...[...places.production, places.test].map((place) => [place.arn, sandboxArn(account, place)] as const),
    ...(spec.traffic["target-groups"] ?? []).map(
      (arn, index) => [arn, targetGroupArn(account, groups[index] ?? "")] as const,
    ),
  ]);
  return {
    definition: {
      ...account,
      images: facts.images,
      loadBalancers: [{ name: places.balancer, listeners: listenersOf(places, spec, groups) }],
      targetGroups: groups.map((name) => targetGroup(name, facts)),
      cluster: clusterName(spec.cluster),
      services: [serviceOf(spec, facts, groups[0])],
    },
    arns,
    routes: places.production.map((place) => ({
      listenerArn: sandboxArn(account, { ...place, rule: undefined }),
      routeArn: sandboxArn(account, place),
      headers: isCatchAll(place, places) ? {} : { [ROUTE_HEADER]: place.rule ?? "" },
    })),
    testRouteArn: sandboxArn(account, places.test),
  };
}

/** Puts the sandbox's ARNs into a spec's section; smoke checks go to the sandbox's test route. */
export function rewriteArns(raw: RawService, { arns }: Pick<SpecAccount, "arns">): readonly string[] {
  const changes = [`${arns.size} ARNs → those of the local AWS`];
  raw.traffic = replaceTexts(raw.traffic, arns);
  if (typeof raw.cluster === "string") raw.cluster = clusterName(raw.cluster);
  const { traffic } = raw;
  const test = isRecord(traffic) && isRecord(traffic.test) ? traffic.test : {};
  if (!("url" in test)) return changes;
  const { url: _url, ...rest } = test;
  setIn(raw, ["traffic", "test"], rest);
  return [...changes, "traffic.test.url left out"];
}

function replaceTexts(node: unknown, texts: ReadonlyMap<string, string>): unknown {
  if (typeof node === "string") return texts.get(node) ?? node;
  if (Array.isArray(node)) return node.map((one) => replaceTexts(one, texts));
  if (!isRecord(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaceTexts(value, texts)]));
}

/** Where a route stands: listeners and rules are called by the ids in their ARNs. */
interface Place {
  readonly arn: string;
  readonly balancer: string;
  readonly listener: string;
  /** Undefined: the listener's default action. */
  readonly rule: string | undefined;
}

interface Places extends Account {
  readonly balancer: string;
  readonly production: readonly Place[];
  readonly test: Place;
}

function placesOf({ traffic }: ServiceSpec): Places {
  const test = placeOf(traffic.test["listener-rule"] ?? traffic.test.listener ?? "");
  const production = traffic.production.map((route) =>
    placeOf(route["listener-rule"] ?? route.listener ?? ""),
  );
  const { region = "", accountId = "" } = parseElbArn(test.arn) ?? {};
  return { region, accountId, balancer: test.balancer, production, test };
}

/** Of "…:listener-rule/app/NAME/ID/LISTENER/RULE", or of "…:listener/app/NAME/ID/LISTENER". */
function placeOf(arn: string): Place {
  const [, , balancer = "", , listener = "", rule] = arn.split("/");
  return { arn, balancer, listener, rule };
}

function sandboxArn(account: Account, { balancer, listener, rule }: Omit<Place, "arn">): string {
  const arn = listenerArn(loadBalancerArn(account, "app", balancer), listener);
  return rule === undefined ? arn : ruleArn(arn, rule);
}

/** The spec's own names where it has them. */
function groupNames(spec: ServiceSpec): readonly [string, string] {
  const [one, other] = (spec.traffic["target-groups"] ?? []).map((arn) => arn.split("/")[1] ?? "");
  if (one && other && one !== other) return [one, other];
  const name = spec.service.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "service";
  const called = (color: string) => `${name.slice(0, LONGEST_GROUP_NAME - color.length - 1)}-${color}`;
  return [called("blue"), called("green")];
}

/** What a route's rule asks of requests is not in the spec: one of each listener takes them all. */
function isCatchAll(place: Place, { production, test }: Places): boolean {
  const beside = [...production, test].filter(({ listener }) => listener === place.listener);
  if (place.rule === undefined) return true;
  return (
    beside.every(({ rule }) => rule !== undefined) && production.find((one) => beside.includes(one)) === place
  );
}

function listenersOf(
  places: Places,
  spec: ServiceSpec,
  groups: readonly [string, string],
): readonly ListenerDefinition[] {
  const { production, test } = places;
  const forward = { forward: { [groups[0]]: 100, [groups[1]]: 0 } };
  const names = [...new Set([...production, test].map(({ listener }) => listener))];
  return names.map((name): ListenerDefinition => {
    const own = production.filter(({ listener }) => listener === name);
    const rules = own.flatMap((place) => (place.rule === undefined ? [] : [{ place, name: place.rule }]));
    const isTest = test.listener === name;
    return {
      name,
      default: own.some(({ rule }) => rule === undefined)
        ? forward
        : isTest && test.rule === undefined
          ? { forward: { [groups[0]]: 100 } }
          : { respond: { status: 404 } },
      rules: [
        ...(isTest && test.rule !== undefined ? [testRule(test.rule, spec, groups[0])] : []),
        ...rules.toReversed().map(
          ({ place, name: rule }, index): RuleDefinition => ({
            name: rule,
            priority: (index + 1) * PRIORITY_STEP,
            when: isCatchAll(place, places)
              ? { path: ["/*"] }
              : { header: { name: ROUTE_HEADER, values: [rule] } },
            action: forward,
          }),
        ),
      ],
    };
  });
}

/** Its condition is what the spec's checks send; without that, a header of the sandbox's own. */
function testRule(name: string, { traffic }: ServiceSpec, group: string): RuleDefinition {
  const given = Object.entries(traffic.test.headers).find(([, value]) => !value.includes("${"));
  const [header, value] = given ?? [TEST_HEADER.name, TEST_HEADER.value];
  const when =
    header.toLowerCase() === "host" ? { host: [value] } : { header: { name: header, values: [value] } };
  return { name, priority: TEST_PRIORITY, when, action: { forward: { [group]: 100 } } };
}

function targetGroup(name: string, { healthPath }: ServiceFacts): Definition["targetGroups"][number] {
  return {
    name,
    port: CONTAINER_PORT,
    healthCheck: { path: healthPath, intervalSeconds: 5, healthyThreshold: 2 },
    attributes: { "deregistration_delay.timeout_seconds": DEREGISTRATION_SECONDS },
  };
}

function serviceOf(
  spec: ServiceSpec,
  { desiredCount, images }: ServiceFacts,
  group: string,
): Definition["services"][number] {
  return {
    name: spec.service,
    desiredCount,
    controller: "EXTERNAL",
    targetGroup: group,
    taskDefinition: {
      family: spec.service,
      image: Object.keys(images)[0] ?? "",
      container: spec.container ?? "app",
      containerPort: spec["first-task-set"]?.["container-port"] ?? CONTAINER_PORT,
      stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
    },
  };
}
