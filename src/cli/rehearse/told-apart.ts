import type { Sandbox } from "../../../sandbox/sandbox.ts";
import type { Load } from "./load.ts";
import { LoadBook } from "./load-figures.ts";
import type { ServiceWatch } from "./watch.ts";

/**
 * A load whose answers do not name the version that they come from: the load balancer says which task set each
 * request went to. Totals stay what the clients saw; figures by version are the load balancer's.
 */
export function toldApart(
  load: Load,
  { sandbox, watch, nowMs }: { sandbox: Sandbox; watch: ServiceWatch; nowMs: () => number },
): Load {
  const book = new LoadBook({ startedAtMs: nowMs(), windowSeconds: 10, keptFailures: 0 });
  const deafen = sandbox.listen({
    request: ({ routeArn, targetGroupArn, status, durationMs, webSocket }) => {
      if (watch.isTestRoute(routeArn) || webSocket) return;
      const failure = { kind: "status-5xx" as const, request: "", seen: String(status) };
      book.add({
        atMs: nowMs(),
        version: watch.versionOfGroup(targetGroupArn),
        latencyMs: durationMs,
        slow: false,
        ...(status >= 500 ? { failure } : {}),
      });
    },
  });
  return {
    figures: () => ({ ...load.figures(), versions: book.outcomes(nowMs()).versions }),
    async stop() {
      const figures = await load.stop();
      deafen();
      return { ...figures, versions: book.outcomes(nowMs()).versions };
    },
  };
}
