// @ts-check

/** @typedef {{ readonly id: number, readonly item: string, readonly quantity: number }} Order */

const KEPT = 20;

/** The newest orders, in memory. Each task has its own: this service is about its releases. */
export class OrderBook {
  /** @type {readonly Order[]} */
  #orders = [
    { id: 1, item: "espresso", quantity: 2 },
    { id: 2, item: "cortado", quantity: 1 },
    { id: 3, item: "flat white", quantity: 3 },
  ];
  #nextId = 4;

  /** Newest last. */
  list() {
    return this.#orders;
  }

  /**
   * @param {Omit<Order, "id">} order
   * @returns {Order}
   */
  place({ item, quantity }) {
    const order = { id: this.#nextId++, item, quantity };
    this.#orders = [...this.#orders, order].slice(-KEPT);
    return order;
  }
}

/**
 * Reads the JSON of a new order.
 *
 * @param {string} text
 * @returns {Omit<Order, "id"> | undefined} undefined unless it is exactly what an order needs
 */
export function parseOrder(text) {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null) return undefined;
  if (!("item" in value && typeof value.item === "string" && value.item !== "")) return undefined;
  if (!("quantity" in value && typeof value.quantity === "number")) return undefined;
  if (!Number.isInteger(value.quantity) || value.quantity < 1) return undefined;
  return { item: value.item, quantity: value.quantity };
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
