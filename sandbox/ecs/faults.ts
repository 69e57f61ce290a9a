import { stopTask } from "./lifecycle.ts";
import type { StopReason, TaskRecord } from "./state.ts";
import type { World } from "./world.ts";

/** What goes wrong with tasks in AWS, on demand. A task, instance or service that is not there is an Error. */
export interface EcsFaults {
  /** The task's (first) essential container ends at once with this exit code. */
  crash(taskArn: string, exitCode: number): void;
  /** SIGTERM at once, as when Spot capacity is taken back. */
  interruptSpot(taskArn: string): void;
  /** The host and all tasks on it die; nothing is placed there again. */
  terminateInstance(ec2InstanceId: string): void;
  /**
   * From now on new tasks of the service fail to start for this reason, in AWS's words, e.g.
   * "ResourceInitializationError: unable to pull secrets or registry auth: …"; undefined ends it.
   */
  failStarts(serviceArn: string, reason: string | undefined): void;
}

export function createFaults(world: World): EcsFaults {
  return {
    crash(taskArn, exitCode) {
      const task = runningTask(world, taskArn);
      const container = task.containers.find(({ essential }) => essential);
      if (container) container.exitCode = exitCode;
      const reason = "Essential container in task exited";
      end(world, task, { code: "EssentialContainerExited", reason, manner: "kill" });
    },
    interruptSpot(taskArn) {
      const reason = "Your Spot Task was interrupted.";
      stopTask(world, runningTask(world, taskArn), { code: "SpotInterruption", reason, manner: "terminate" });
    },
    terminateInstance(ec2InstanceId) {
      const instance = [...world.state.clusters.values()]
        .flatMap((cluster) => cluster.instances)
        .find((candidate) => candidate.ec2InstanceId === ec2InstanceId);
      if (!instance) throw new Error(`No instance ${ec2InstanceId} in any cluster of the sandbox`);
      instance.status = "INACTIVE";
      const reason = `Host EC2 (instance ${ec2InstanceId}) terminated.`;
      for (const task of world.state.tasks.values())
        if (task.place.instance === instance)
          end(world, task, { code: "TerminationNotice", reason, manner: "kill" });
    },
    failStarts(serviceArn, reason) {
      const service = world.state.services.get(serviceArn);
      if (!service) throw new Error(`No service ${serviceArn} in the sandbox`);
      service.startFault = reason;
    },
  };
}

/** Also ends a task that is draining or has been sent SIGTERM: it keeps its first reason. */
function end(world: World, task: TaskRecord, stop: StopReason): void {
  if (task.desiredStatus === "STOPPED") void task.running?.kill();
  else stopTask(world, task, stop);
}

function runningTask(world: World, taskArn: string): TaskRecord {
  const task = world.state.tasks.get(taskArn);
  if (!task?.running) throw new Error(`No running task ${taskArn} in the sandbox`);
  return task;
}
