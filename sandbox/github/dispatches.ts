import { notFound, unprocessable } from "./errors.ts";
import { type ApiAnswer, type ApiRequest, flag, type Handlers, text } from "./handler.ts";
import { runPage, runUrl } from "./runs.ts";
import type { RunRecord, WorkflowRecord, World } from "./world.ts";

/** Runs that a call starts. Nothing executes them: they are queued until a test moves them. */
export function dispatchHandlers(world: World): Handlers {
  return { "actions/create-workflow-dispatch": (request) => dispatch(world, request) };
}

/** Adds a run of `workflow`. */
export function startRun(
  world: World,
  given: Pick<RunRecord, "workflow" | "event" | "headBranch" | "headSha" | "actor"> & Partial<RunRecord>,
): RunRecord {
  const nowMs = world.clock.nowMs();
  const run: RunRecord = {
    number: world.runs.filter(({ workflow }) => workflow === given.workflow).length + 1,
    attempt: 1,
    inputs: {},
    createdMs: nowMs,
    updatedMs: nowMs,
    status: "queued",
    conclusion: null,
    jobs: [],
    pending: [],
    reviews: [],
    ...given,
    id: given.id ?? world.nextId(),
  };
  world.runs.push(run);
  return run;
}

function dispatch(world: World, { parameters, body, login }: ApiRequest): ApiAnswer {
  const workflow = world.workflows.find(
    ({ id, file }) => file === parameters.workflow_id || String(id) === String(parameters.workflow_id),
  );
  if (!workflow) throw notFound();
  const ref = text(body, "ref");
  const commit = world.commits.find(ref);
  if (!commit) throw unprocessable(`No ref found for: ${ref}`);
  const inputs = { ...(body.inputs as object) };
  refuseWrongInputs(workflow, inputs);
  const run = startRun(world, {
    workflow,
    event: "workflow_dispatch",
    headBranch: ref.replace(/^refs\/(heads|tags)\//, ""),
    headSha: commit.sha,
    actor: login,
    inputs,
  });
  if (!flag(body, "return_run_details", false)) return { status: 204 };
  const details = {
    workflow_run_id: run.id,
    run_url: runUrl(world, run),
    html_url: runPage(world, run),
  };
  return { status: 200, body: details };
}

function refuseWrongInputs({ inputs }: WorkflowRecord, given: Readonly<Record<string, unknown>>): void {
  if (!inputs) throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
  const unexpected = Object.keys(given).filter((name) => !(name in inputs));
  if (unexpected.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  for (const [name, { required }] of Object.entries(inputs))
    if (required && !(name in given)) throw unprocessable(`Required input '${name}' not provided`);
}
