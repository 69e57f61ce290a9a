import type {
  CreateServiceRequest,
  CreateServiceResponse,
  DeleteServiceRequest,
  DeleteServiceResponse,
  DescribeServicesRequest,
  DescribeServicesResponse,
  ListServicesRequest,
  ListServicesResponse,
  Service,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from "@aws-sdk/client-ecs";
import { serviceArn } from "../arns.ts";
import { describeService } from "./describe-service.ts";
import { summarizeTaskSet } from "./describe-task-set.ts";
import { invalidParameter } from "./errors.ts";
import { launchTypeOf, pendingCount, runningCount } from "./launch.ts";
import { findActiveService, findCluster, findService, lookUpService } from "./lookup.ts";
import { page } from "./paging.ts";
import type { Parsed } from "./parsed.ts";
import { createService, deploy, updateService } from "./service-changes.ts";
import { checkNewService, checkServiceUpdate } from "./service-rules.ts";
import type { StaleReads } from "./stale-reads.ts";
import type { ServiceRecord } from "./state.ts";
import { nowMs, type World } from "./world.ts";

const MOST_DESCRIBED = 10;

/** CreateService, DescribeServices, ListServices, UpdateService, DeleteService. */
export function serviceOperations(world: World, reads: StaleReads) {
  return {
    CreateService(request: Parsed<CreateServiceRequest>): CreateServiceResponse {
      const cluster = findCluster(world.state, request.cluster);
      const controller = request.deploymentController?.type ?? "ECS";
      if (controller === "CODE_DEPLOY")
        throw invalidParameter("The CODE_DEPLOY deployment controller is not available in the sandbox.");
      checkNewService(request, controller);
      const present = lookUpService(world.state, cluster, request.serviceName);
      if (present?.status === "DRAINING")
        throw invalidParameter("Unable to Start a service that is still Draining.");
      if (present?.status === "ACTIVE") return { service: answer(sameService(present, request)) };
      const service = createService(world, cluster, controller, request);
      return { service: answer(describeService(service), true) };
    },

    DescribeServices(request: Parsed<DescribeServicesRequest>): DescribeServicesResponse {
      const cluster = findCluster(world.state, request.cluster);
      const wanted = request.services ?? [];
      if (wanted.length === 0) throw invalidParameter("Services cannot be empty.");
      if (wanted.length > MOST_DESCRIBED) throw invalidParameter("services can have at most 10 items.");
      const tagged = request.include?.includes("TAGS") ?? false;
      const services: Service[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const reference of wanted) {
        const name = reference.slice(reference.lastIndexOf("/") + 1);
        const found = lookUpService(world.state, cluster, reference);
        const seen = found && reads.service(found.arn);
        if (seen) services.push(answer(seen, tagged));
        else failures.push({ arn: serviceArn(world.surroundings, cluster.name, name), reason: "MISSING" });
      }
      return { services, failures };
    },

    ListServices(request: Parsed<ListServicesRequest>): ListServicesResponse {
      const cluster = findCluster(world.state, request.cluster);
      const found = [...world.state.services.values()]
        .filter((service) => service.cluster === cluster && service.status !== "INACTIVE")
        .filter((service) => !request.launchType || runsOn(service, request.launchType))
        .filter(() => request.schedulingStrategy !== "DAEMON");
      const { items, nextToken } = page(found, request, 10);
      return { serviceArns: items.map(({ arn }) => arn), nextToken };
    },

    UpdateService(request: Parsed<UpdateServiceRequest>): UpdateServiceResponse {
      const service = findActiveService(world.state, request.cluster, request.service);
      checkServiceUpdate(service, request);
      if (service.controller === "ECS") deploy(world, service, request);
      updateService(world, service, request);
      return { service: answer(describeService(service)) };
    },

    DeleteService(request: Parsed<DeleteServiceRequest>): DeleteServiceResponse {
      const service = findService(world.state, request.cluster, request.service);
      const scaled =
        service.desiredCount > 0 || service.taskSets.some((set) => runningCount(set) + pendingCount(set) > 0);
      if (service.status === "ACTIVE" && scaled && !request.force)
        throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
      if (service.status === "ACTIVE") drain(world, service);
      return { service: answer(describeService(service)) };
    },
  };
}

function drain(world: World, service: ServiceRecord): void {
  service.status = "DRAINING";
  service.desiredCount = 0;
  for (const taskSet of service.taskSets) {
    taskSet.status = "DRAINING";
    taskSet.computedDesiredCount = 0;
    taskSet.updatedAtMs = nowMs(world);
  }
  world.touched(service);
  world.wake();
}

/** CreateService again with the same client token is the same call; with another, AWS refuses. */
function sameService(present: ServiceRecord, request: Parsed<CreateServiceRequest>): Service {
  if (request.clientToken === undefined || request.clientToken !== present.clientToken)
    throw invalidParameter("Creation of service was not idempotent.");
  return describeService(present);
}

function answer(service: Service, tagged = false): Service {
  const taskSets = service.taskSets && { taskSets: service.taskSets.map(summarizeTaskSet) };
  return { ...service, ...taskSets, tags: tagged ? (service.tags ?? []) : [] };
}

const runsOn = (service: ServiceRecord, launchType: string): boolean =>
  service.taskSets.some((taskSet) => launchTypeOf(service, taskSet.launch) === launchType);
