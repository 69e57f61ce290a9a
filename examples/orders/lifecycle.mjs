// @ts-check

/**
 * Where the process is in its life, and which requests it still owes an answer.
 *
 * `starting` and `serving` and `stopping` all answer requests; only `serving` is ready for more.
 */
export class Lifecycle {
  /** @type {"starting" | "serving" | "stopping"} */
  #phase = "starting";
  #inFlight = 0;
  /** @type {(() => void)[]} */
  #waiting = [];

  get phase() {
    return this.#phase;
  }

  /** The warm-up is over. Says nothing once the process is stopping. */
  warmedUp() {
    if (this.#phase === "starting") this.#phase = "serving";
  }

  stopping() {
    this.#phase = "stopping";
  }

  /**
   * Counts the request as in flight until its response has been sent or its connection is gone.
   *
   * @param {import("node:http").ServerResponse} response
   */
  owes(response) {
    this.#inFlight++;
    response.once("close", () => {
      this.#inFlight--;
      if (this.#inFlight > 0) return;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /**
   * Resolves when no request is in flight.
   *
   * @returns {Promise<void>}
   */
  settled() {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
