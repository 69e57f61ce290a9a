import { type FeedEvent, openFeed } from "../../src/cli/rehearse/websocket.ts";

/** A WebSocket on the production route; it connects again whenever it is closed. */
export function listenTo(url: string): { readonly events: readonly FeedEvent[]; close(): Promise<void> } {
  const events: FeedEvent[] = [];
  const feed = openFeed({
    url: `${url.replace(/^http/, "ws")}/feed`,
    onEvent: (event) => {
      if (event.kind !== "message") events.push(event);
    },
    random: Math.random,
    nowMs: Date.now,
  });
  return { events, close: () => feed.close() };
}
