import { AwsError } from "../../wire/service.ts";

/** A ValidationError, ELBv2's word for a value that can never be right. */
export const invalid = (message: string): AwsError => new AwsError("ValidationError", message);

/** Throws unless `value` is a whole number between `min` and `max`. */
export function checkRange(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`${what} '${value}' must be a number between ${min} and ${max}`);
  }
}

/** Throws unless a load balancer's or target group's name is one AWS would take. */
export function checkName(what: string, name: string): void {
  if (name.length > 32) throw invalid(`${what} name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw invalid(
      `${what} name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`,
    );
  }
  if (name.startsWith("-") || name.endsWith("-")) {
    throw invalid(`${what} name '${name}' cannot begin or end with a hyphen`);
  }
}
