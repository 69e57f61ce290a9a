import type {
  CreateListenerInput,
  CreateListenerOutput,
  DeleteListenerInput,
  DescribeListenersInput,
  DescribeListenersOutput,
  Listener,
  ModifyListenerInput,
  ModifyListenerOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { listenerArn } from "../../arns.ts";
import { AwsError, type Operation } from "../../wire/service.ts";
import { acceptActions } from "./actions.ts";
import {
  type ControlPlane,
  defaultRuleArn,
  type ListenerRecord,
  type LoadBalancerRecord,
  type Model,
  requireListener,
  requireLoadBalancer,
  routeOfListener,
  rulesOf,
} from "./model.ts";
import { page } from "./pages.ts";
import { deleteRule } from "./rules.ts";
import { checkTags, putTags } from "./tags.ts";
import { checkRange, invalid } from "./validation.ts";

const PROTOCOLS: Readonly<Record<LoadBalancerRecord["type"], readonly string[]>> = {
  application: ["HTTP", "HTTPS"],
  network: ["TCP", "TLS", "UDP", "TCP_UDP"],
};

export function listenerOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const { model } = plane;
  return {
    async CreateListener(input: CreateListenerInput): Promise<CreateListenerOutput> {
      if (input.Port === undefined) throw invalid("A listener port must be specified");
      checkRange("Listener port", input.Port, 1, 65_535);
      return { Listeners: [await createListener(plane, input, {})] };
    },
    DescribeListeners(input: DescribeListenersInput): DescribeListenersOutput {
      const { items, ...rest } = page(selected(model, input), input);
      return { Listeners: items.map(describe), ...rest };
    },
    ModifyListener: async (input: ModifyListenerInput): Promise<ModifyListenerOutput> => ({
      Listeners: [await modifyListener(plane, input)],
    }),
    DeleteListener(input: DeleteListenerInput) {
      deleteListener(plane, requireListener(model, input.ListenerArn).arn);
      return {};
    },
  };
}

/**
 * Creates a listener and opens its port. Beyond CreateListener: without a port any free one is taken, and
 * `name` makes the ARN independent of the port.
 */
export async function createListener(
  plane: ControlPlane,
  input: CreateListenerInput,
  options: { readonly name?: string },
): Promise<Listener> {
  const { model, effects } = plane;
  const loadBalancer = requireLoadBalancer(model, input.LoadBalancerArn);
  checkTags(input.Tags);
  const protocol = input.Protocol ?? (loadBalancer.type === "application" ? "HTTP" : "TCP");
  checkProtocol(loadBalancer, protocol);
  const defaultActions = acceptActions(model, loadBalancer, input.DefaultActions, []);
  const port = input.Port ?? 0;
  const wanted: ListenerRecord = {
    arn: freeArn(model, loadBalancer.arn, options.name ?? String(port)),
    loadBalancerArn: loadBalancer.arn,
    port,
    protocol,
    sslPolicy: input.SslPolicy,
    certificates: input.Certificates ?? [],
    defaultActions,
  };
  const existing = onPort(model, loadBalancer.arn, port);
  if (existing) return sameListener(existing, wanted);
  model.listeners.set(wanted.arn, wanted);
  const record = await open(plane, wanted);
  putTags(model, record.arn, input.Tags);
  effects.putRoute(routeOfListener(record), true);
  effects.usageChanged();
  return describe(record);
}

/** Closes a listener and deletes it with its rules. */
export function deleteListener(plane: ControlPlane, arn: string): void {
  const { model, effects } = plane;
  effects.closeListener(arn);
  for (const rule of rulesOf(model, arn)) deleteRule(plane, rule.arn, true);
  model.listeners.delete(arn);
  for (const tagged of [arn, defaultRuleArn(arn)]) model.tags.delete(tagged);
  effects.removeRoute(arn, true);
  effects.usageChanged();
}

/** The record stands in the model while its port is being opened, so that no other can take its place. */
async function open({ model, effects }: ControlPlane, wanted: ListenerRecord): Promise<ListenerRecord> {
  try {
    const record = { ...wanted, port: await effects.openListener(wanted) };
    model.listeners.set(record.arn, record);
    return record;
  } catch (error) {
    model.listeners.delete(wanted.arn);
    throw new AwsError(
      "InvalidConfigurationRequest",
      `The sandbox cannot listen on 127.0.0.1:${wanted.port}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A listener keeps its ARN for life, also when another has since been created on its former port. */
function freeArn(model: Model, loadBalancerArn: string, key: string): string {
  let arn = listenerArn(loadBalancerArn, key);
  for (let attempt = 2; model.listeners.has(arn); attempt++) {
    arn = listenerArn(loadBalancerArn, `${key}-${attempt}`);
  }
  return arn;
}

async function modifyListener(plane: ControlPlane, input: ModifyListenerInput): Promise<Listener> {
  const { model, effects } = plane;
  const record = requireListener(model, input.ListenerArn);
  const loadBalancer = requireLoadBalancer(model, record.loadBalancerArn);
  const port = input.Port ?? record.port;
  checkRange("Listener port", port, 1, 65_535);
  checkProtocol(loadBalancer, input.Protocol ?? record.protocol);
  const occupant = onPort(model, loadBalancer.arn, port);
  if (occupant && occupant.arn !== record.arn) throw duplicateListener();
  const changed: ListenerRecord = {
    ...record,
    port,
    protocol: input.Protocol ?? record.protocol,
    sslPolicy: input.SslPolicy ?? record.sslPolicy,
    certificates: input.Certificates ?? record.certificates,
    defaultActions: input.DefaultActions
      ? acceptActions(model, loadBalancer, input.DefaultActions, record.defaultActions)
      : record.defaultActions,
  };
  if (port !== record.port) await move(plane, changed);
  model.listeners.set(changed.arn, changed);
  effects.putRoute(routeOfListener(changed), false);
  effects.usageChanged();
  return describe(changed);
}

async function move({ effects }: ControlPlane, changed: ListenerRecord): Promise<void> {
  try {
    await effects.openListener(changed);
  } catch (error) {
    throw new AwsError(
      "InvalidConfigurationRequest",
      `The sandbox cannot listen on 127.0.0.1:${changed.port}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function checkProtocol(loadBalancer: LoadBalancerRecord, protocol: string): void {
  if (!PROTOCOLS[loadBalancer.type].includes(protocol)) {
    throw new AwsError(
      "UnsupportedProtocol",
      `Protocol ${protocol} is not supported by load balancers of type '${loadBalancer.type}'`,
    );
  }
}

const onPort = (model: Model, loadBalancerArn: string, port: number): ListenerRecord | undefined =>
  [...model.listeners.values()].find(
    (other) => other.loadBalancerArn === loadBalancerArn && other.port === port && port !== 0,
  );

const duplicateListener = (): AwsError =>
  new AwsError("DuplicateListener", "A listener already exists on this port for this load balancer");

/** Creating the same listener again succeeds; another one on its port is refused. */
function sameListener(existing: ListenerRecord, wanted: ListenerRecord): Listener {
  const same =
    existing.protocol === wanted.protocol &&
    JSON.stringify(existing.defaultActions) === JSON.stringify(wanted.defaultActions);
  if (same) return describe(existing);
  throw duplicateListener();
}

function selected(model: Model, input: DescribeListenersInput): readonly ListenerRecord[] {
  if (input.ListenerArns?.length) return input.ListenerArns.map((arn) => requireListener(model, arn));
  if (!input.LoadBalancerArn) throw invalid("You must specify either listener ARNs or a load balancer ARN");
  const { arn } = requireLoadBalancer(model, input.LoadBalancerArn);
  return [...model.listeners.values()].filter((listener) => listener.loadBalancerArn === arn);
}

const describe = (record: ListenerRecord): Listener => ({
  ListenerArn: record.arn,
  LoadBalancerArn: record.loadBalancerArn,
  Port: record.port,
  Protocol: protocolOf(record.protocol),
  DefaultActions: [...record.defaultActions],
  ...(record.sslPolicy === undefined ? {} : { SslPolicy: record.sslPolicy }),
  ...(record.certificates.length ? { Certificates: [...record.certificates] } : {}),
});

const KNOWN_PROTOCOLS = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"] as const;

const protocolOf = (protocol: string): NonNullable<Listener["Protocol"]> =>
  KNOWN_PROTOCOLS.find((known) => known === protocol) ?? "HTTP";
