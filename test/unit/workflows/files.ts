import { globSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

/** Paths are below the repository's root, where tests run. */
export const readText = (path: string): string => readFileSync(path, "utf8");

const step = z.looseObject({
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  with: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
});

const job = z.looseObject({
  name: z.string().optional(),
  needs: z.union([z.string().transform((need) => [need]), z.array(z.string())]).default([]),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
  permissions: z.record(z.string(), z.string()).optional(),
  environment: z.looseObject({ name: z.string(), deployment: z.boolean().optional() }).optional(),
  "timeout-minutes": z.number().optional(),
  outputs: z.record(z.string(), z.string()).default({}),
  steps: z.array(step).default([]),
});

const input = z.looseObject({
  type: z.string().optional(),
  required: z.boolean().default(false),
  default: z.union([z.string(), z.boolean()]).optional(),
});

const call = z.looseObject({
  secrets: z
    .record(z.string(), z.looseObject({ description: z.string(), required: z.boolean() }))
    .default({}),
  inputs: z.record(z.string(), input).default({}),
  outputs: z.record(z.string(), z.looseObject({ value: z.string() })).default({}),
});

const workflow = z.looseObject({
  name: z.string(),
  on: z.looseObject({ workflow_call: call.nullish(), workflow_dispatch: call.nullish() }),
  permissions: z.record(z.string(), z.string()).optional(),
  concurrency: z.looseObject({ group: z.string() }).optional(),
  jobs: z.record(z.string(), job),
});

const action = z.looseObject({
  inputs: z.record(z.string(), input).default({}),
  outputs: z.record(z.string(), z.looseObject({ value: z.string().optional() })).default({}),
  runs: z.looseObject({ using: z.string(), steps: z.array(step).default([]) }),
});

export type Step = z.infer<typeof step>;
export type Job = z.infer<typeof job>;
export type Workflow = z.infer<typeof workflow>;
export type Action = z.infer<typeof action>;

export const readWorkflow = (path: string): Workflow => workflow.parse(parse(readText(path)));
export const readAction = (path: string): Action => action.parse(parse(readText(path)));

export const STARTERS = globSync("workflows/*.yml").sort();
export const REUSABLE = globSync(".github/workflows/*.yml")
  .filter((path) => readWorkflow(path).on.workflow_call)
  .sort();
export const WORKFLOWS = [...STARTERS, ...globSync(".github/workflows/*.yml").sort()];
export const COMPOSITES = globSync("actions/*/action.yml").sort();
