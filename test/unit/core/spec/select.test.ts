import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../../src/core/errors.ts";
import { selectService } from "../../../../src/core/spec/select.ts";
import { RULE, specOf, specText, TEST_RULE } from "./samples.ts";

const traffic = `traffic: { production: [{ listener-rule: ${RULE} }], test: { listener-rule: ${TEST_RULE} } }`;
const one = specOf(specText());
const several = specOf(`version: 1
services:
  - { service: orders, cluster: eu, ${traffic} }
  - { service: orders, cluster: us, ${traffic} }
  - { service: payments, ${traffic} }
`);

function refusal(run: () => unknown): SluiceError {
  try {
    run();
  } catch (error) {
    if (error instanceof SluiceError) return error;
  }
  throw new Error("expected a SluiceError");
}

describe("selectService", () => {
  test("takes the only one without a name", () => {
    expect(selectService(one, undefined).service).toBe("orders");
    expect(selectService(one, "").service).toBe("orders");
  });

  test("takes the one named, and a namesake by its cluster", () => {
    expect(selectService(several, "payments").service).toBe("payments");
    expect(selectService(several, "us/orders").cluster).toBe("us");
  });

  test.each([
    [one, "order", 'no service "order"; it has orders'],
    [several, undefined, "3 services (eu/orders, us/orders, default/payments) and none was chosen"],
    [several, "orders", '2 services called "orders": eu/orders, us/orders'],
  ])("refuses %# and lists the names", (spec, name, message) => {
    const error = refusal(() => selectService(spec, name));
    expect(error.kind).toBe("configuration");
    expect(error.message).toContain(message);
    expect(error.hint).toContain("orders");
  });
});
