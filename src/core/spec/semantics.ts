import { freezeFindings } from "./freeze-windows.ts";
import { gateFindings } from "./gate-findings.ts";
import { placeholderFindings } from "./placeholders.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { routeFindings } from "./routes.ts";
import { entryOf, itemsOf, offsetOf, type SourceNode, textOf } from "./source.ts";
import { sourceFindings } from "./source-findings.ts";
import { stepFindings } from "./steps.ts";
import { warmUpFindings } from "./warm-up.ts";

/** A service's part of the file. */
export interface ServiceNode {
  readonly node: SourceNode;
  readonly path: SpecPath;
}

/**
 * What no single value shows: conflicts between values. Reads the file's tree, not the parsed spec, so that these
 * problems are told together with all others; what is malformed by itself is passed over.
 */
export function semanticFindings(services: readonly ServiceNode[]): readonly Finding[] {
  return [
    ...services.flatMap(({ node, path }) => [
      ...routeFindings(node, path),
      ...placeholderFindings(node, path),
      ...headFindings(node, path),
      ...stepFindings(node, path),
      ...freezeFindings(node, path),
      ...gateFindings(node, path),
      ...warmUpFindings(node, path),
      ...sourceFindings(node, path),
    ]),
    ...namesakes(services),
  ];
}

/** A HEAD answer has no body (RFC 9110, 9.3.2): a check of it would fail at every release. */
function headFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  return itemsOf(service, "smoke-checks").flatMap((check, index) => {
    if (textOf(check, "method") !== "HEAD") return [];
    return ["contains", "json"].flatMap((key) => {
      const entry = entryOf(check, key);
      if (!entry) return [];
      const message = `${key} looks at the answer's body, and an answer to HEAD has none. Use method GET.`;
      const at = { path: [...path, "smoke-checks", index, key], offset: entry.keyOffset };
      return [{ ...at, message, seen: key, allowed: "status alone, where the method is HEAD" }];
    });
  });
}

function namesakes(services: readonly ServiceNode[]): readonly Finding[] {
  const first = new Map<string, string>();
  return services.flatMap(({ node, path }) => {
    const name = textOf(node, "service");
    if (name === undefined) return [];
    const cluster = textOf(node, "cluster") ?? "default";
    const identity = JSON.stringify([clusterName(cluster), name]);
    const before = first.get(identity);
    first.set(identity, before ?? cluster);
    if (before === undefined || isOtherCluster(before, cluster)) return [];
    const at = [...path, "service"];
    const message = `the service ${printable(name)} of cluster ${printable(clusterName(cluster))} is given twice.`;
    return [
      {
        path: at,
        offset: offsetOf(node, ["service"]),
        message,
        seen: printable(name),
        allowed: "each service once",
      },
    ];
  });
}

/** Two ARNs tell clusters of one name apart by Region and account; a plain name tells nothing. */
function isOtherCluster(one: string, other: string): boolean {
  return one.startsWith("arn:") && other.startsWith("arn:") && one !== other;
}

/** A cluster's name, given its name or its ARN. */
export function clusterName(cluster: string): string {
  return cluster.startsWith("arn:") ? (cluster.split("/").at(-1) ?? cluster) : cluster;
}
