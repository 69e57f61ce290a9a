import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import type { Definition } from "./definition.ts";
import { settingsSchema } from "./settings.ts";

const texts = z.record(z.string(), z.string());

const image = z.strictObject({
  command: z.array(z.string()).min(1),
  directory: z.string().optional(),
  environment: texts.optional(),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
});

const action = z
  .strictObject({
    forward: z.record(z.string(), z.int().min(0).max(999)).optional(),
    stickySeconds: z.int().min(1).max(604_800).optional(),
    respond: z.strictObject({ status: z.int().min(200).max(599), body: z.string().optional() }).optional(),
  })
  .refine(
    (given) => (given.forward === undefined) !== (given.respond === undefined),
    "exactly one of forward and respond",
  );

const rule = z.strictObject({
  name: z.string().min(1),
  priority: z.int().min(1).max(50_000),
  when: z.strictObject({
    path: z.array(z.string()).optional(),
    host: z.array(z.string()).optional(),
    header: z.strictObject({ name: z.string(), values: z.array(z.string()) }).optional(),
  }),
  action,
});

const loadBalancer = z.strictObject({
  name: z.string().min(1),
  type: z.enum(["application", "network"]).optional(),
  zones: z.array(z.string()).min(1).optional(),
  idleTimeoutSeconds: z.int().min(1).max(4000).optional(),
  listeners: z.array(
    z.strictObject({
      name: z.string().min(1),
      port: z.int().min(1).max(65_535).optional(),
      default: action,
      rules: z.array(rule).optional(),
    }),
  ),
});

const targetGroup = z.strictObject({
  name: z.string().min(1),
  port: z.int().min(1).max(65_535).optional(),
  targetType: z.enum(["ip", "instance"]).optional(),
  healthCheck: z
    .strictObject({
      path: z.string().optional(),
      intervalSeconds: z.int().optional(),
      timeoutSeconds: z.int().optional(),
      healthyThreshold: z.int().optional(),
      unhealthyThreshold: z.int().optional(),
      matcher: z.string().optional(),
    })
    .optional(),
  attributes: texts.optional(),
});

const service = z.strictObject({
  name: z.string().min(1),
  desiredCount: z.int().min(0),
  controller: z.enum(["EXTERNAL", "ECS"]).optional(),
  taskDefinition: z.strictObject({
    family: z.string().min(1),
    image: z.string().min(1),
    container: z.string().min(1),
    containerPort: z.int().min(1).max(65_535),
    environment: texts.optional(),
    networkMode: z.enum(["awsvpc", "bridge", "host"]).optional(),
    stopTimeoutSeconds: z.int().min(0).max(120).optional(),
    logs: z.strictObject({ group: z.string().min(1), streamPrefix: z.string().min(1) }).optional(),
  }),
  scaling: z
    .strictObject({ minCapacity: z.int().min(0), maxCapacity: z.int().min(0) })
    .refine(
      ({ minCapacity, maxCapacity }) => minCapacity <= maxCapacity,
      "minCapacity is more than maxCapacity",
    )
    .optional(),
  targetGroup: z.string().optional(),
});

const definitionSchema: z.ZodType<Definition> = z.strictObject({
  region: z.string().optional(),
  accountId: z
    .string()
    .regex(/^\d{12}$/, "12 digits, in quotes")
    .optional(),
  images: z.record(z.string(), image),
  loadBalancers: z.array(loadBalancer),
  targetGroups: z.array(targetGroup),
  logGroups: z.array(z.string().min(1)).optional(),
  cluster: z.string().min(1),
  services: z.array(service),
  settings: settingsSchema.optional(),
}) as z.ZodType<Definition>;

export type SandboxFile =
  | { readonly kind: "definition"; readonly definition: Definition; readonly directory: string }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

/** Reads and checks a sandbox file. All problems at once, each with file, line and path. */
export function readSandboxFile(path: string): SandboxFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { kind: "problems", problems: [`${path}: cannot be read (${code})`] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return {
      kind: "problems",
      problems: document.errors.map(
        (error) => `${path}:${lines.linePos(error.pos[0]).line}: ${error.message}`,
      ),
    };
  }
  const parsed = definitionSchema.safeParse(document.toJS());
  if (parsed.success) {
    return { kind: "definition", definition: parsed.data, directory: dirname(resolve(path)) };
  }
  const problems = parsed.error.issues.map((issue) => {
    const node = document.getIn(issue.path, true) as { range?: [number] } | undefined;
    const line = node?.range ? lines.linePos(node.range[0]).line : 1;
    return `${path}:${line}: ${issue.path.map(String).join(".") || "the file"}: ${issue.message}`;
  });
  return { kind: "problems", problems };
}
