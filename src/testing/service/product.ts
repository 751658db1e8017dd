import type { Hono } from "hono";
import type { ChannelKind } from "../core/channel_kind.ts";
import type { ServiceEnv } from "../routes/exchange.ts";

/** A product that is built on channels. The rest of the service is independent of it. */
export interface Product {
  /** The kind of channels that it uses. */
  readonly channels: ChannelKind;
  /** Adds its HTTP API. */
  routes(router: Hono<ServiceEnv>): void;
}
