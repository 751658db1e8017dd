import type { Product } from "../service/product.ts";
import { chatReactionRoutes } from "./chat_reaction_routes.ts";
import { chatRoutes } from "./chat_routes.ts";
import { ROOM_SUFFIX } from "./room.ts";

/** Chat: each room has a channel of its own. Clients use the channel, and the HTTP API for the other calls. */
export const CHAT: Product = {
  channels: {
    suffix: ROOM_SUFFIX,
    features: { persisted: true, mutableMessages: true },
    claims: "ably.room.",
  },
  routes(app) {
    chatRoutes(app);
    chatReactionRoutes(app);
  },
};
