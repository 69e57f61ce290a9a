import { parseElbArn } from "./elb-arn.ts";
import type { ServiceSpec } from "./schema.ts";

/** The Region that a service's routes are in; undefined where the first one's ARN says none. */
export function regionOf({ traffic }: Pick<ServiceSpec, "traffic">): string | undefined {
  const [route] = traffic.production;
  return parseElbArn(route?.["listener-rule"] ?? route?.listener ?? "")?.region;
}
