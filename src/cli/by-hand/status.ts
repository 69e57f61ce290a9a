import type { Status } from "../../core/status.ts";
import { asSluiceError } from "../../phases/controller.ts";
import { readStatus } from "../../phases/status.ts";
import { createPaint } from "../rehearse/paint.ts";
import { loadServices, regionOf } from "./input.ts";
import type { ExitStatus, Surroundings } from "./release.ts";
import { renderStatus } from "./render-status.ts";

export interface StatusOptions {
  readonly spec: string;
  /** Default: all of the spec's. */
  readonly service?: string | undefined;
  readonly region?: string | undefined;
  readonly json: boolean;
}

/** `sluice status`: what stands where right now, from AWS alone. One that cannot be read does not hide the others. */
export async function statusCommand(
  options: StatusOptions,
  around: Omit<Surroundings, "signal">,
): Promise<ExitStatus> {
  const { out, err, env, clock } = around;
  const found: Status[] = [];
  const problems: { service: string; error: string; hint?: string }[] = [];
  try {
    for (const spec of loadServices(options.spec, options.service)) {
      const region = regionOf(spec, options.region);
      try {
        found.push(await readStatus(spec, region, clock.nowMs));
      } catch (error) {
        const { message, hint } = asSluiceError(error);
        problems.push({ service: spec.service, error: message, ...(hint ? { hint } : {}) });
      }
    }
  } catch (error) {
    const { message, hint } = asSluiceError(error);
    err.write(`${[message, hint].filter(Boolean).join("\n")}\n`);
    return 2;
  }
  if (options.json) {
    out.write(`${JSON.stringify({ version: 1, services: found, problems }, null, 2)}\n`);
  } else {
    const paint = createPaint(out, env);
    out.write(found.map((status) => renderStatus(status, paint)).join("\n"));
    for (const { service, error, hint } of problems) {
      err.write(`${[`${service}: ${error}`, hint].filter(Boolean).join("\n")}\n`);
    }
  }
  return problems.length > 0 ? 1 : 0;
}
