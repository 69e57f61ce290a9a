import type { Route } from "./route.ts";

/** The routes as the data plane knows them at this moment. */
export class AppliedRoutes {
  readonly #routes = new Map<string, Route>();
  readonly #byListener = new Map<string, readonly Route[]>();

  put(route: Route): void {
    this.#routes.set(route.arn, route);
    this.#byListener.delete(route.listenerArn);
  }

  remove(routeArn: string): void {
    const route = this.#routes.get(routeArn);
    this.#routes.delete(routeArn);
    if (route) this.#byListener.delete(route.listenerArn);
  }

  get(routeArn: string): Route | undefined {
    return this.#routes.get(routeArn);
  }

  all(): readonly Route[] {
    return [...this.#routes.values()];
  }

  /** A listener's routes in order of priority, its default last. */
  ofListener(listenerArn: string): readonly Route[] {
    const cached = this.#byListener.get(listenerArn);
    if (cached) return cached;
    const routes = this.all()
      .filter((route) => route.listenerArn === listenerArn)
      .sort((one, other) => one.priority - other.priority);
    this.#byListener.set(listenerArn, routes);
    return routes;
  }
}
