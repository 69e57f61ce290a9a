import { deploymentUrl, knownDeployment } from "./deployments.ts";
import { invalidField, notFound } from "./errors.ts";
import {
  type ApiAnswer,
  type ApiRequest,
  flag,
  type Handlers,
  integer,
  ok,
  optionalText,
} from "./handler.ts";
import { pageOf } from "./pages.ts";
import { userJson } from "./people.ts";
import {
  type DeploymentRecord,
  type DeploymentState,
  isoTime,
  nodeId,
  repositoryUrl,
  type StatusRecord,
  type World,
} from "./world.ts";

const LONGEST_DESCRIPTION = 140;

export function statusHandlers(world: World): Handlers {
  return {
    "repos/create-deployment-status": (request) => create(world, request),
    "repos/list-deployment-statuses": (request) => {
      const deployment = knownDeployment(world, integer(request.parameters, "deployment_id"));
      const url = `${deploymentUrl(world, deployment)}/statuses`;
      const { items, headers } = pageOf(deployment.statuses.toReversed(), request, url);
      return { ...ok(items.map((status) => statusJson(world, deployment, status))), headers };
    },
    "repos/get-deployment-status": ({ parameters }) => {
      const deployment = knownDeployment(world, integer(parameters, "deployment_id"));
      const status = deployment.statuses.find(({ id }) => id === parameters.status_id);
      if (!status) throw notFound();
      return ok(statusJson(world, deployment, status));
    },
  };
}

/** The last one that was given; undefined before the first. */
function stateOf({ statuses }: DeploymentRecord): DeploymentState | undefined {
  return statuses.at(-1)?.state;
}

function create(world: World, { parameters, body, login }: ApiRequest): ApiAnswer {
  const deployment = knownDeployment(world, integer(parameters, "deployment_id"));
  const description = optionalText(body, "description") ?? "";
  if ([...description].length > LONGEST_DESCRIPTION) {
    const message = `description is too long (maximum is ${LONGEST_DESCRIPTION} characters)`;
    throw invalidField("DeploymentStatus", "description", message);
  }
  deployment.environment = optionalText(body, "environment") ?? deployment.environment;
  const status = add(world, deployment, {
    state: body.state as DeploymentState,
    creator: login,
    description,
    environmentUrl: webUrl(body, "environment_url"),
    logUrl: webUrl(body, "log_url") || webUrl(body, "target_url"),
  });
  if (status.state === "success" && flag(body, "auto_inactive", true)) retire(world, deployment, login);
  return { status: 201, body: statusJson(world, deployment, status) };
}

/** Earlier successful Deployments of the environment become inactive, unless theirs is a passing one. */
function retire(world: World, current: DeploymentRecord, creator: string): void {
  for (const deployment of world.deployments) {
    const isEarlier = deployment.id < current.id && deployment.environment === current.environment;
    const stays = deployment.isTransient || (deployment.isProduction && world.settings.productionStaysActive);
    if (!isEarlier || stays || stateOf(deployment) !== "success") continue;
    const { environmentUrl = "", logUrl = "" } = deployment.statuses.at(-1) ?? {};
    add(world, deployment, { state: "inactive", creator, description: "", environmentUrl, logUrl });
  }
}

function add(
  world: World,
  deployment: DeploymentRecord,
  given: Omit<StatusRecord, "id" | "createdMs" | "environment">,
): StatusRecord {
  const createdMs = world.clock.nowMs();
  const status = { ...given, id: world.nextId(), createdMs, environment: deployment.environment };
  deployment.statuses.push(status);
  deployment.updatedMs = createdMs;
  return status;
}

function webUrl(body: ApiRequest["body"], field: string): string {
  const url = optionalText(body, field) ?? "";
  if (url !== "" && !/^https?:\/\//.test(url))
    throw invalidField("DeploymentStatus", field, `${field} must use http(s) scheme`);
  return url;
}

function statusJson(world: World, deployment: DeploymentRecord, status: StatusRecord): object {
  const url = deploymentUrl(world, deployment);
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DeploymentStatus", status.id),
    state: status.state,
    creator: userJson(world, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: isoTime(status.createdMs),
    updated_at: isoTime(status.createdMs),
    deployment_url: url,
    repository_url: repositoryUrl(world),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: null,
  };
}
