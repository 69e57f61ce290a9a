import { once } from "node:events";
import { createServer } from "node:http";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { runPrometheus } from "../../test/prometheus/server.ts";

/** What the errors gate of a release reads, and from where. */
export interface GateMetrics {
  /** `gates` and `sources` of its spec. */
  readonly spec: Readonly<Record<string, object>>;
  close(): Promise<void>;
}

export type SourceName = "prometheus" | "cloudwatch";

export const SCRAPE_SECONDS = 5;
export const PERIOD_SECONDS = { prometheus: 2 * SCRAPE_SECONDS, cloudwatch: 60 } as const;

/** Makes ready what a release into `sandbox` is judged by. */
export async function openMetrics(source: SourceName, sandbox: Sandbox): Promise<GateMetrics> {
  const period = `${PERIOD_SECONDS[source]}s`;
  if (source === "cloudwatch") {
    return { spec: { gates: { errors: { period } } }, close: () => Promise.resolve() };
  }
  const discovery = await serveTargets(sandbox);
  try {
    const prometheus = await runPrometheus(configOf(discovery.url));
    const counted = (more: string): string =>
      `sum(increase(http_requests_total{task_set="\${task-set}"${more}}[\${period}]))`;
    const from = { source: "metrics", requests: counted(""), bad: counted(', code=~"5.."') };
    return {
      spec: {
        gates: { errors: { period, from } },
        sources: { metrics: { prometheus: { url: prometheus.url } } },
      },
      close: async () => {
        await prometheus.close();
        await discovery.close();
      },
    };
  } catch (error) {
    await discovery.close();
    throw error;
  }
}

/** JSON is YAML, too. */
function configOf(discoveryUrl: string): object {
  const every = `${SCRAPE_SECONDS}s`;
  return {
    global: { scrape_interval: every, scrape_timeout: every },
    scrape_configs: [
      { job_name: "orders", http_sd_configs: [{ url: discoveryUrl, refresh_interval: every }] },
    ],
  };
}

/** Tells Prometheus of the tasks that run, with their task set, as service discovery for ECS does. */
async function serveTargets(
  sandbox: Sandbox,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(targetsOf(sandbox)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address to be asked at");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** As Prometheus' http_sd_config has it: https://prometheus.io/docs/prometheus/latest/http_sd/ */
function targetsOf({ ecs, addresses }: Sandbox): readonly object[] {
  return ecs.view().services.flatMap(({ taskSets }) =>
    taskSets.map(({ id, tasks }) => ({
      targets: tasks.flatMap(({ target }) => {
        const endpoint = target && addresses.resolve(target.id, target.port);
        return endpoint ? [`${endpoint.host}:${endpoint.port}`] : [];
      }),
      labels: { task_set: id },
    })),
  );
}
