import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { z } from "zod";

/**
 * Writes actions/<phase>/action.yml, a composite action for each phase, from the root action.yml and the tables below.
 * With `--check` it writes nothing and fails if one is out of date.
 */
const ROOT = new URL("../", import.meta.url);
const HEADER = "# Written by scripts/action-files.ts from the root action.yml.\n";

const UPLOAD = "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0";
const DOWNLOAD = "actions/download-artifact@37930b1c2abaa49bbe596cd826c3c89aef350131 # v7.0.0";

const rootSchema = z.looseObject({
  inputs: z.record(
    z.string(),
    z.looseObject({
      description: z.string(),
      default: z.string().optional(),
      required: z.boolean().optional(),
    }),
  ),
  outputs: z.record(z.string(), z.looseObject({ description: z.string() })),
});

type Root = z.infer<typeof rootSchema>;

interface PhaseAction {
  readonly description: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What the report action takes for itself: it does not go on to the action. */
const EARLIER_RUN = {
  "earlier-run": {
    description:
      "The id of another run with journals of the same release, or of the one that was rolled back",
    default: "",
  },
};

const AWS = ["spec", "service", "role-to-assume", "aws-region"];
const RECORD = ["environment", "environment-url", "github-token"];
const RELEASE = ["image", "task-definition", "version"];
/** For phases that ask the sources of gates. */
const SECRETS = "source-secrets";
const GOES_ON = [...AWS, "strategy", "rollout", "approval-environment", ...RECORD];
const OUTPUTS = ["outcome", "reason", "gate", "rollout", "journal"];

/** What each phase takes of the action's inputs, and gives of its outputs. */
const PHASES: Readonly<Record<string, PhaseAction>> = {
  plan: {
    description:
      "Checks a release and everything it needs, and says each step it would take; nothing is written",
    inputs: [...AWS, ...RELEASE, "strategy", "rollout", "approval-environment", SECRETS, ...RECORD],
    outputs: [...OUTPUTS, "approve-steps", "approve-promotion"],
  },
  stage: {
    description:
      "Puts the new version's task set beside the old one, at weight 0, until all of it is healthy",
    inputs: [...AWS, ...RELEASE, "strategy", "rollout", SECRETS, ...RECORD],
    outputs: OUTPUTS,
  },
  verify: {
    description: "Makes the smoke checks of the new version, on the test route",
    inputs: [...GOES_ON, "version"],
    outputs: OUTPUTS,
  },
  shift: {
    description:
      "Takes the steps below 100 %, each with its capacity, bake and gates, up to the next approve step",
    inputs: [...GOES_ON, "approvals", SECRETS],
    outputs: [...OUTPUTS, "waits-for"],
  },
  watch: {
    description: "Judges the present step while people decide, and takes the release back on a regression",
    inputs: [...GOES_ON, "approvals", "watch-for", SECRETS],
    outputs: OUTPUTS,
  },
  promote: {
    description: "Gives the new version all of the traffic, and makes it PRIMARY once its bake is over",
    inputs: [...GOES_ON, "reason", "without-evidence", SECRETS],
    outputs: OUTPUTS,
  },
  finish: {
    description: "Drains the old version and deletes it",
    inputs: GOES_ON,
    outputs: OUTPUTS,
  },
  rollback: {
    description:
      "Gives the old version all of the traffic, and deletes the new one; or releases what served before",
    inputs: [...GOES_ON, "to", "gates", "reason", SECRETS],
    outputs: [...OUTPUTS, "earlier-run"],
  },
  sweep: {
    description:
      "Looks once at whatever release is under way, and takes it back if it got worse or was held for too long",
    inputs: [...AWS, SECRETS, ...RECORD],
    outputs: OUTPUTS,
  },
  report: {
    description: "Tells the whole release from the journals of the run's jobs",
    inputs: ["service", "environment", "approval-environment", "github-token"],
    outputs: ["outcome", "reason", "gate", "rollout", "report"],
  },
};

/** The composite actions by their path below the repository's root, as text, made from that of the root action.yml. */
export function actionFiles(rootText: string): ReadonlyMap<string, string> {
  const root = rootSchema.parse(parse(rootText));
  const files = Object.entries(PHASES).map(([phase, action]): [string, string] => {
    const text = stringify(compositeOf(phase, action, root), { lineWidth: 0 });
    return [`actions/${phase}/action.yml`, HEADER + withVersions(text)];
  });
  return new Map(files);
}

/** YAML would quote a value with its comment in it. */
function withVersions(text: string): string {
  return text.replaceAll(/uses: "?(.+@[0-9a-f]{40} # v[\d.]+)"?$/gm, "uses: $1");
}

function compositeOf(phase: string, { description, inputs, outputs }: PhaseAction, root: Root): object {
  return {
    name: `Sluice: ${phase}`,
    description,
    inputs: {
      ...Object.fromEntries(inputs.map((name) => [name, pick(root.inputs, name)])),
      ...(phase === "report" ? EARLIER_RUN : {}),
    },
    outputs: Object.fromEntries(
      outputs.map((name) => [
        name,
        { description: pick(root.outputs, name).description, value: `\${{ steps.sluice.outputs.${name} }}` },
      ]),
    ),
    runs: { using: "composite", steps: phase === "report" ? reportSteps(inputs) : phaseSteps(phase, inputs) },
  };
}

/**
 * Inputs go on by `with`, never into a script's text. No failure of an artifact may fail the job: the action's post
 * step would take the release back.
 */
function phaseSteps(phase: string, inputs: readonly string[]): readonly object[] {
  const journal = "${{ runner.temp }}/sluice-${{ github.job }}.jsonl";
  return [
    { id: "sluice", uses: "$/", with: { phase, ...handedOn(inputs), journal } },
    nameStep("always()"),
    {
      if: "always()",
      "continue-on-error": true,
      uses: UPLOAD,
      with: {
        name: "sluice-journal-${{ steps.names.outputs.own }}",
        path: journal,
        "if-no-files-found": "ignore",
        overwrite: true,
      },
    },
  ];
}

function reportSteps(inputs: readonly string[]): readonly object[] {
  const journals = "${{ runner.temp }}/sluice-journals";
  const pattern = "sluice-journal-${{ steps.names.outputs.release }}.*";
  const own = inputs.filter((name) => name !== "service" && name !== "environment");
  return [
    nameStep(),
    {
      "continue-on-error": true,
      uses: DOWNLOAD,
      with: { pattern, path: journals },
    },
    {
      if: "inputs.earlier-run != ''",
      "continue-on-error": true,
      uses: DOWNLOAD,
      with: {
        "run-id": "${{ inputs.earlier-run }}",
        "github-token": "${{ inputs.github-token }}",
        pattern,
        path: `${journals}/earlier`,
      },
    },
    { id: "sluice", uses: "$/", with: { phase: "report", ...handedOn(own), journals } },
    {
      if: "steps.sluice.outputs.report != ''",
      "continue-on-error": true,
      uses: UPLOAD,
      with: {
        name: "sluice-report-${{ steps.names.outputs.own }}",
        path: "${{ steps.sluice.outputs.report }}",
      },
    },
  ];
}

/**
 * Names for artifacts, which two releases of one run (of two services, or to two environments) must not share; and an
 * environment may be called what no artifact may. Parts have no dot, so none of them is another's beginning.
 */
function nameStep(condition?: string): object {
  return {
    id: "names",
    ...(condition ? { if: condition } : {}),
    "continue-on-error": true,
    shell: "bash",
    env: {
      ENVIRONMENT: "${{ inputs.environment || 'none' }}",
      SERVICE: "${{ inputs.service || 'service' }}",
      JOB: "${{ github.job }}.${{ github.run_attempt }}",
    },
    run: [
      'release="${ENVIRONMENT//[^A-Za-z0-9_-]/_}.${SERVICE//[^A-Za-z0-9_-]/_}"',
      'echo "release=$release" >> "$GITHUB_OUTPUT"',
      'echo "own=$release.$JOB" >> "$GITHUB_OUTPUT"',
      "",
    ].join("\n"),
  };
}

function handedOn(inputs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(inputs.map((name) => [name, `\${{ inputs.${name} }}`]));
}

function pick<T>(from: Readonly<Record<string, T>>, name: string): T {
  const value = from[name];
  if (value === undefined) throw new Error(`action.yml declares no ${JSON.stringify(name)}`);
  return value;
}

function main(isCheck: boolean): void {
  const files = actionFiles(readFileSync(new URL("action.yml", ROOT), "utf8"));
  for (const [path, text] of files) {
    const file = new URL(path, ROOT);
    if (!isCheck) {
      mkdirSync(new URL("./", file), { recursive: true });
      writeFileSync(file, text);
    } else if (readOrNothing(file) !== text) {
      process.stderr.write(`${fileURLToPath(file)} is out of date: run node scripts/action-files.ts\n`);
      process.exitCode = 1;
    }
  }
}

function readOrNothing(file: URL): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
