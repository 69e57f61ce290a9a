import { SluiceError } from "../errors.ts";
import type { ServiceSpec, Spec } from "./schema.ts";
import { clusterName } from "./semantics.ts";

/**
 * The service to release: the one called `name`, or, where clusters have namesakes, `CLUSTER/NAME`; without a
 * name the only one there is. Throws a `configuration` error that lists the names.
 */
export function selectService(spec: Spec, name: string | undefined): ServiceSpec {
  const wanted = name === undefined || name === "" ? spec.services : matching(spec, name);
  const [service, ...others] = wanted;
  if (service && others.length === 0) return service;
  const names = namesOf(wanted.length > 1 ? wanted : spec.services);
  throw new SluiceError("configuration", reason(name, wanted.length, names), {
    hint: `Name one of these services: ${names.join(", ")}.`,
  });
}

/** Plain names where they tell the services apart. */
function namesOf(services: readonly ServiceSpec[]): readonly string[] {
  const plain = services.map(({ service }) => service);
  return new Set(plain).size === plain.length ? plain : services.map(fullName);
}

function reason(name: string | undefined, found: number, names: readonly string[]): string {
  if (name === undefined || name === "")
    return `the spec has ${found} services (${names.join(", ")}) and none was chosen`;
  if (found === 0) return `the spec has no service ${JSON.stringify(name)}; it has ${names.join(", ")}`;
  return `the spec has ${found} services called ${JSON.stringify(name)}: ${names.join(", ")}`;
}

function matching(spec: Spec, name: string): readonly ServiceSpec[] {
  const exact = spec.services.filter(({ service }) => service === name);
  return exact.length > 0 ? exact : spec.services.filter((service) => fullName(service) === name);
}

function fullName({ cluster, service }: ServiceSpec): string {
  return `${clusterName(cluster)}/${service}`;
}
