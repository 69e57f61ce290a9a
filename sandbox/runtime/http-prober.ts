import { get } from "node:http";
import { get as getSecurely } from "node:https";
import type { Addresses, HealthCheck, ProbeResult, Prober, TargetId } from "../ports.ts";
import { matcherAccepts } from "./matcher.ts";

/** Health checks over loopback, each on a connection of its own, as ELB-HealthChecker/2.0 makes them. */
export function createHttpProber(addresses: Addresses): Prober {
  return {
    async probe(target, check) {
      const endpoint = addresses.resolve(target.id, check.port);
      if (!endpoint) return FAILED;
      return judge(await ask(endpoint, target, check), check);
    },
  };
}

type Answer =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "timeout" }
  | { readonly kind: "no-answer" };

const FAILED: ProbeResult = {
  healthy: false,
  reason: "Target.FailedHealthChecks",
  description: "Health checks failed",
};

const TIMED_OUT: ProbeResult = { healthy: false, reason: "Target.Timeout", description: "Request timed out" };

function judge(answer: Answer, check: HealthCheck): ProbeResult {
  if (answer.kind === "timeout") return TIMED_OUT;
  if (answer.kind === "no-answer") return FAILED;
  return judgeStatus(answer.status, check.matcher);
}

/** What ELBv2 says of an answer with this status. */
export function judgeStatus(status: number, matcher: string): ProbeResult {
  if (matcherAccepts(matcher, status)) return { healthy: true };
  return {
    healthy: false,
    reason: "Target.ResponseCodeMismatch",
    description: `Health checks failed with these codes: [${status}]`,
  };
}

function ask(
  endpoint: { readonly host: string; readonly port: number },
  target: TargetId,
  check: HealthCheck,
): Promise<Answer> {
  return new Promise((resolve) => {
    const options = {
      ...endpoint,
      path: check.path,
      agent: false,
      headers: {
        Host: `${target.id}:${check.port}`,
        "User-Agent": "ELB-HealthChecker/2.0",
        Connection: "close",
      },
    };
    const request =
      check.protocol === "HTTPS" ? getSecurely({ ...options, rejectUnauthorized: false }) : get(options);
    const timer = setTimeout(() => {
      resolve({ kind: "timeout" });
      request.destroy();
    }, check.timeoutMs);
    request.once("response", (response) => {
      clearTimeout(timer);
      resolve({ kind: "status", status: response.statusCode ?? 0 });
      response.destroy();
    });
    request.on("error", () => {
      clearTimeout(timer);
      resolve({ kind: "no-answer" });
    });
  });
}
