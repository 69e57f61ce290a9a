import type { Clients } from "../../aws/clients.ts";
import { createErrorsSource, createLatencySource, createMetricSource } from "../../aws/cloudwatch-counts.ts";
import { createPrometheusSigner } from "../../aws/sigv4.ts";
import type { CountSource } from "../../core/metric-source.ts";
import type { CountQuery, CountsGate, GatesSpec } from "../../core/spec/gate-schema.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { send } from "../../evidence/http.ts";
import type { SourceDeps } from "../../evidence/sources/ask.ts";
import { createHttpSource } from "../../evidence/sources/http-json.ts";
import { createPrometheusSource } from "../../evidence/sources/prometheus.ts";
import type { PrometheusDeps } from "../../evidence/sources/prometheus-api.ts";
import type { Clock } from "../controller.ts";

/** One gate's source, and what it does not say itself. */
export interface GateSource {
  readonly source: CountSource;
  readonly periodMs: number;
  /** What is counted, as a verb. */
  readonly fault: string;
}

export interface SourceContext {
  readonly clients: Clients;
  /** As metrics have it: "app/shop/50dc6c495c0c9188" */
  readonly loadBalancer: string;
  /** Where the secrets are that the spec names. */
  readonly env: SourceDeps["env"];
  readonly clock: Clock;
}

/** Of each gate on counts, by the gate's name. */
export function createSources(spec: ServiceSpec, context: SourceContext): ReadonlyMap<string, GateSource> {
  return new Map(
    countsGates(spec.gates).map(([name, gate]) => [name, gateSource(name, gate, spec, context)]),
  );
}

/** Errors, latency, then ratios as the spec has them. */
export function countsGates({
  errors,
  latency,
  ratios,
}: GatesSpec): readonly (readonly [string, CountsGate])[] {
  return [
    ...(errors ? [["errors", errors] as const] : []),
    ...(latency ? [["latency", latency] as const] : []),
    ...ratios.map((ratio) => [ratio.name, ratio] as const),
  ];
}

function gateSource(name: string, gate: CountsGate, spec: ServiceSpec, context: SourceContext): GateSource {
  const { clients, loadBalancer } = context;
  const periodMs = gate.period;
  if (gate.from)
    return { source: namedSource(gate, gate.from, spec, context), periodMs, fault: faultOf(name, gate) };
  const balancer = { loadBalancer, periodMs };
  const source =
    name === "latency"
      ? createLatencySource(clients, {
          ...balancer,
          slowerThanMs: "slower-than" in gate ? gate["slower-than"] : undefined,
        })
      : createErrorsSource(clients, balancer);
  return { source, periodMs, fault: faultOf(name, gate) };
}

function faultOf(name: string, { from }: CountsGate): string {
  if (from && "good" in from && from.good !== undefined) return "were good";
  if (name === "latency") return "were slow";
  return name === "errors" ? "went bad" : "were bad";
}

function namedSource(
  gate: CountsGate,
  from: NonNullable<CountsGate["from"]>,
  spec: ServiceSpec,
  context: SourceContext,
): CountSource {
  const { clients, loadBalancer, env, clock } = context;
  const values = {
    service: spec.service,
    cluster: spec.cluster.startsWith("arn:") ? (spec.cluster.split("/").at(-1) ?? "") : spec.cluster,
    "load-balancer": loadBalancer,
  };
  const named = spec.sources[from.source];
  if (!named) return createMetricSource(clients, { from, periodMs: gate.period, values });
  const counted = "good" in from && from.good !== undefined ? from.good : from.bad;
  const queries = { requests: inWords(from.requests), bad: inWords(counted), periodMs: gate.period };
  const deps: SourceDeps = { values, env, send, sleep: (delayMs, signal) => clock.sleep(delayMs, signal) };
  if (named.http) return createHttpSource(named.http, queries, deps);
  if (named.prometheus)
    return createPrometheusSource(named.prometheus, queries, { ...deps, ...signing(context) });
  throw new Error(`source ${from.source} is of no kind`);
}

function signing({ clients, clock }: SourceContext): Pick<PrometheusDeps, "signFor"> {
  return {
    signFor: (region) =>
      createPrometheusSigner(clients.cloudWatch.config.credentials, region, () => clock.nowMs()),
  };
}

/** The spec's own check sees to it that only CloudWatch is asked by metric. */
function inWords(query: CountQuery | undefined): string {
  return typeof query === "string" ? query : "";
}
