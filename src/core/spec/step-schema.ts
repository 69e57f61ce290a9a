import { z } from "zod";
import { givenDuration, headerName } from "./fields.ts";

/** A condition takes three values (Elastic Load Balancing, "Condition types for listener rules"). */
const conditionValues = z
  .array(z.string().min(1).max(128))
  .min(1)
  .max(3)
  .describe("Any of these values; * and ? are wildcards.");

const cohortHeader = z.strictObject({
  name: headerName.describe("The header's name."),
  values: conditionValues,
});

const cohortCookie = z.strictObject({
  name: headerName.describe("The cookie's name."),
  values: conditionValues,
});

const ONE_COHORT = {
  error: "exactly one of header and cookie",
  when: ({ value }: { readonly value: unknown }) => typeof value === "object" && value !== null,
};

const cohort = z
  .strictObject({
    header: cohortHeader.optional().describe("Users whose requests carry this header."),
    cookie: cohortCookie.optional().describe("Users whose requests carry this cookie."),
  })
  .refine((who) => (who.header === undefined) !== (who.cookie === undefined), ONE_COHORT)
  .meta({ oneOf: [{ required: ["header"] }, { required: ["cookie"] }] });

const ONE_STEP_JSON = {
  oneOf: [{ required: ["weight"] }, { required: ["approve"] }, { required: ["route"] }],
};
const ONE_STEP = {
  error: "exactly one of weight, approve and route",
  when: ({ value }: { readonly value: unknown }) => typeof value === "object" && value !== null,
};

/** One entry of `steps`. */
export const step = z
  .strictObject({
    weight: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .describe("The new version gets this percentage of the service's traffic."),
    approve: z
      .union([z.literal(true), z.string().min(1)])
      .optional()
      .describe("A person has to approve before the next step; a text says what to look at."),
    route: cohort
      .optional()
      .describe("Users with a header or a cookie get the new version, before any percentage does."),
    bake: givenDuration("5m").describe(
      "How long gates are judged at this step. Default: 5m; at 100 the service's own `bake`.",
    ),
  })
  .refine(
    (given) => [given.weight, given.approve, given.route].filter((one) => one !== undefined).length === 1,
    ONE_STEP,
  )
  .meta(ONE_STEP_JSON);
