import type { Write } from "../core/moves.ts";
import type { Observation } from "../core/observation.ts";
import type { Plan } from "../core/plan.ts";
import { act } from "./act.ts";
import type { Clients } from "./clients.ts";
import { Observer } from "./observe.ts";

/** The rollout engine of services under the EXTERNAL deployment controller: task sets and ALB weights. */
export function createTaskSetEngine(
  clients: Clients,
  plan: Plan,
  nowMs: () => number,
): {
  observe(): Promise<Observation>;
  act(write: Write): Promise<void>;
  wasThrottled(): boolean;
} {
  const observer = new Observer(clients, plan);
  return {
    observe: () => observer.observe(nowMs()),
    act: (write) => act(clients, plan, write, nowMs),
    wasThrottled: () => clients.wasThrottled(),
  };
}
