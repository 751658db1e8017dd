import { ClientBase } from "../operations/client_base.ts";
import type { RestChannels } from "./rest_channels.ts";

/**
 * The members of a REST client, except for its constructor (RSC1).
 *
 * @typeParam Channels The collection of channels.
 */
export class RestClient<Channels = RestChannels> extends ClientBase<Channels> {}
