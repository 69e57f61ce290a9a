import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { z } from "zod";
import type { Ecr } from "./ecr/ecr.ts";
import type { Ecs } from "./ecs/ecs.ts";
import type { Elbv2 } from "./elbv2/elbv2.ts";
import type { Faults } from "./faults/faults.ts";
import { parsePolicy } from "./faults/policy.ts";
import { faultSchema } from "./faults/schema.ts";
import type { Monitor } from "./monitor/monitor.ts";
import type { Settings } from "./ports.ts";
import { settingsSchema } from "./settings.ts";
import type { CallLog } from "./wire/calls.ts";

interface Parts {
  readonly faults: Faults;
  readonly settings: Settings;
  readonly ecr: Pick<Ecr, "delete">;
  readonly ecs: Ecs;
  readonly elbv2: Elbv2;
  readonly monitor: Pick<Monitor, "violations" | "notes" | "summary">;
}

const imageSchema = z.strictObject({ image: z.string().min(1) });

/**
 * What a person or a test may ask of a running sandbox beside AWS's own API, as JSON under /_sandbox:
 * GET state, GET monitor (broken safety rules), GET calls, GET settings and POST settings (a part of them), GET faults, POST faults (one),
 * DELETE faults, PUT policy (an IAM policy document; null ends it), DELETE image ({"image": a name}: it can no
 * longer be pulled).
 */
export function createControl(parts: Parts): {
  readonly listener: RequestListener;
  attach(calls: CallLog): void;
} {
  let calls: CallLog | undefined;
  const routes: Readonly<Record<string, (body: unknown) => unknown>> = {
    "GET /_sandbox/state": () => ({ ecs: parts.ecs.view(), elbv2: parts.elbv2.view() }),
    "GET /_sandbox/monitor": () => ({
      violations: parts.monitor.violations,
      notes: parts.monitor.notes,
      summary: parts.monitor.summary(),
    }),
    "GET /_sandbox/calls": () => calls?.calls ?? [],
    "GET /_sandbox/settings": () => parts.settings,
    "POST /_sandbox/settings": (body) => Object.assign(parts.settings, settingsSchema.parse(body)),
    "GET /_sandbox/faults": () => parts.faults.list(),
    "POST /_sandbox/faults": (body) => ({ id: parts.faults.add(faultSchema.parse(body)) }),
    "DELETE /_sandbox/faults": () => {
      parts.faults.clear();
      return [];
    },
    "PUT /_sandbox/policy": (body) => {
      parts.faults.enforce(body === null ? undefined : parsePolicy(body, "the request"));
      return {};
    },
    "DELETE /_sandbox/image": (body) => {
      parts.ecr.delete(imageSchema.parse(body).image);
      return {};
    },
  };
  return {
    listener: (request, response) => void serve(routes, request, response),
    attach(log) {
      calls = log;
    },
  };
}

async function serve(
  routes: Readonly<Record<string, (body: unknown) => unknown>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = routes[`${request.method} ${request.url?.split("?")[0]}`];
  if (!route) return answer(response, 404, { error: "no such path", paths: Object.keys(routes) });
  try {
    answer(response, 200, route(await readJson(request)));
  } catch (error) {
    answer(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}
