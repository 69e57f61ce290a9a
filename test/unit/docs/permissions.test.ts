import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { authorize, parsePolicy } from "../../../sandbox/faults/policy.ts";
import { blocksOf, filesBelow, readText } from "./pages.ts";

/** What AWS asks for besides the calls themselves. */
const ASKED_BESIDES = ["ecs:UpdateService", "elasticloadbalancing:AddTags", "iam:PassRole"];

/** The prefix in IAM of each SDK client's actions. */
const IAM_PREFIXES = new Map([
  ["ecs", "ecs"],
  ["ecr", "ecr"],
  ["elastic-load-balancing-v2", "elasticloadbalancing"],
  ["cloudwatch", "cloudwatch"],
  ["cloudwatch-logs", "logs"],
  ["application-auto-scaling", "application-autoscaling"],
  ["sts", "sts"],
]);

/** Called without a role as yet: its trust policy allows it. */
const TRUSTED = ["sts:AssumeRoleWithWebIdentity"];

const oneOrMore = z.union([z.string(), z.array(z.unknown())]).transform((value) => [value].flat());
const statement = z.looseObject({ Sid: z.string(), Action: oneOrMore });
const policySchema = z.looseObject({ Statement: z.array(statement) });

const sources = filesBelow("src/aws", ".ts").map(readText);
const called = [...new Set(sources.flatMap(operationsIn))].sort();

const page = { path: "permissions.md", text: readText("docs/how-to/permissions.md") };
const [documented = ""] = blocksOf(page)
  .filter(({ language }) => language === "json")
  .map(({ code }) => code);
const [askPrometheus = ""] = blocksOf(page)
  .map(({ code }) => code)
  .filter((code) => code.includes('"AskPrometheus"'));

test("the documented policy allows every operation that src/aws calls, and no other", () => {
  const allowed = called.filter((action) => !TRUSTED.includes(action));
  expect(actionsOf(JSON.parse(documented))).toEqual([...allowed, ...ASKED_BESIDES].sort());
});

test("the example's release role allows the same, statement by statement", () => {
  const template: unknown = parse(readText("examples/orders/infra/template.yml"), { logLevel: "silent" });
  const role = z
    .looseObject({
      Resources: z.looseObject({
        ReleaseRole: z.looseObject({
          Properties: z.looseObject({ Policies: z.array(z.looseObject({ PolicyDocument: policySchema })) }),
        }),
      }),
    })
    .parse(template).Resources.ReleaseRole.Properties.Policies[0]?.PolicyDocument;
  expect(summaryOf(role)).toEqual(summaryOf(JSON.parse(documented)));
});

test("the example adds the documented statement for Prometheus, for one workspace", () => {
  const template: unknown = parse(readText("examples/orders/infra/template.yml"), { logLevel: "silent" });
  const { ReleaseRoleForPrometheus: added } = z
    .looseObject({
      Resources: z.looseObject({
        ReleaseRoleForPrometheus: z.looseObject({
          Condition: z.string(),
          Properties: z.looseObject({ PolicyDocument: policySchema }),
        }),
      }),
    })
    .parse(template).Resources;
  const documentedStatement: unknown = JSON.parse(askPrometheus);
  expect(added.Condition).toBe("AsksPrometheus");
  expect(summaryOf(added.Properties.PolicyDocument)).toEqual(summaryOf({ Statement: [documentedStatement] }));
  expect(documentedStatement).toMatchObject({
    Resource: expect.stringMatching(/^arn:aws:aps:.*:workspace\/ws-/),
  });
});

test("what a call is named in errors is an operation that the clients have", () => {
  const labels = sources.flatMap((text) =>
    [...text.matchAll(/\bcall\("([^"]+)"/g)].map(([, label]) => label),
  );
  expect(labels.length).toBeGreaterThan(15);
  expect(labels.filter((label) => !called.includes(label ?? ""))).toEqual([]);
});

test("every phase's statements exist", () => {
  const sids = policySchema.parse(JSON.parse(documented)).Statement.map(({ Sid }) => Sid);
  const section = page.text.slice(
    page.text.indexOf("## By phase"),
    page.text.indexOf("`verify` changes nothing"),
  );
  const named = [...section.matchAll(/`([A-Z]\w+)`/g)].map(([, sid = ""]) => sid);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((sid) => !sids.includes(sid))).toEqual([]);
});

test("it lets a rollout write its own service and rules, and nobody else's", () => {
  const unconditional = documented.replace(/,\s*"Condition": \{[\s\S]*?\}\s*\}/g, "");
  const policy = parsePolicy(JSON.parse(unconditional), "permissions.md");
  const ecs = "arn:aws:ecs:eu-west-1:111122223333";
  const may = (action: string, resource: string): boolean =>
    authorize(policy, action, [resource]).kind === "allowed";
  for (const action of ["ecs:CreateTaskSet", "ecs:DeleteTaskSet", "ecs:TagResource"]) {
    expect(may(action, `${ecs}:task-set/production/orders/ecs-svc/1`)).toBe(true);
    expect(may(action, `${ecs}:task-set/production/payments/ecs-svc/1`)).toBe(false);
  }
  expect(may("ecs:TagResource", `${ecs}:task-definition/orders:7`)).toBe(true);
  expect(may("ecs:TagResource", `${ecs}:cluster/production`)).toBe(false);
});

/** Operations of the commands and paginators that a source imports, as IAM calls them. */
function operationsIn(text: string): readonly string[] {
  const imports = [...text.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-([a-z0-9-]+)"/g)];
  return imports.flatMap(([, names = "", client = ""]) =>
    names
      .split(",")
      .map((name) => /^(?:(\w+)Command|paginate(\w+))$/.exec(name.trim()))
      .flatMap((match) => (match ? [`${IAM_PREFIXES.get(client)}:${match[1] ?? match[2]}`] : [])),
  );
}

function actionsOf(policy: unknown): readonly string[] {
  return [
    ...new Set(policySchema.parse(policy).Statement.flatMap(({ Action }) => Action.map(String))),
  ].sort();
}

function summaryOf(
  policy: unknown,
): readonly { readonly sid: string; readonly actions: readonly unknown[] }[] {
  return policySchema.parse(policy).Statement.map(({ Sid, Action }) => ({ sid: Sid, actions: Action }));
}
