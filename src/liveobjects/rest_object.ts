import { checkedSignal, signalOf } from "../client/call_options.ts";
import type { ClientContext } from "../client/context.ts";
import { fetchBody } from "../http/fetch_body.ts";
import { randomMessageIdBase } from "../util/random.ts";
import { readMembers, type Shape } from "../util/read_members.ts";
import type { ObjectCallOptions } from "./core/api_calls.ts";
import type {
  RestObject,
  RestObjectGenerateIdResult,
  RestObjectGetParams,
  RestObjectPublishResult,
} from "./core/api_rest.ts";
import { identify, invalidArgument, requireText } from "./core/value_types.ts";
import { originsOf } from "./origins.ts";
import { kindIn, restOperation, restPayload } from "./rest_operations.ts";
import { fullView } from "./rest_view.ts";

const GET_PARAMS: Shape<RestObjectGetParams> = {
  what: "The parameters of get()",
  names: { objectId: true, path: true, compact: "boolean", signal: true },
};

const CREATIONS = ["mapCreate", "counterCreate"] as const;

/** The objects of a channel over REST, for users. */
export class RestChannelObject implements RestObject {
  readonly #context: ClientContext;
  readonly #channel: { readonly name: string };

  constructor(context: ClientContext, channel: { readonly name: string }) {
    this.#context = context;
    this.#channel = channel;
  }

  async get(params?: RestObjectGetParams | null): Promise<never> {
    const { objectId, path, compact, signal } = readMembers(params, GET_PARAMS);
    if (objectId != null) requireText(objectId, 'The parameter "objectId"');
    const query: Record<string, string> = {};
    if (path != null) {
      requireText(path, 'The parameter "path"');
      query.path = path;
    }
    if (compact != null) query.compact = String(compact);
    const body = await fetchBody(this.#context.http, {
      method: "GET",
      path: objectId == null ? this.#path() : `${this.#path()}/${encodeURIComponent(objectId)}`,
      params: query,
      signal: checkedSignal(signal),
    });
    return (compact === false ? fullView(body) : body) as never;
  }

  async publish(
    operations: unknown,
    options?: ObjectCallOptions | null,
  ): Promise<RestObjectPublishResult> {
    const { http, options: { codec } } = this.#context;
    const given = Array.isArray(operations) ? operations : [operations];
    if (given.length === 0) {
      throw invalidArgument("There are no operations to publish", "Give one, or an array of them.");
    }
    const wires = given.map((operation) => restOperation(operation, codec.format));
    this.#giveIds(wires);
    const body = await fetchBody(http, {
      method: "POST",
      path: this.#path(),
      body: wires,
      signal: signalOf(options),
    });
    return body as RestObjectPublishResult;
  }

  async generateObjectId(
    create: { mapCreate?: unknown; counterCreate?: unknown },
    options?: ObjectCallOptions | null,
  ): Promise<RestObjectGenerateIdResult> {
    signalOf(options)?.throwIfAborted();
    const kind = kindIn(create, CREATIONS, "The initial value of an object");
    const content = restPayload(kind, create[kind], "json");
    const type = kind === "mapCreate" ? "map" : "counter";
    const { objectId, madeOf } = await identify(type, content, await originsOf(this.#context)); // RTO14
    return { objectId, ...madeOf };
  }

  #path(): string {
    return `/channels/${encodeURIComponent(this.#channel.name)}/object`;
  }

  /** Adds ids, so that a request that is sent again to another host changes nothing twice. */
  #giveIds(wires: Record<string, unknown>[]): void {
    const { options } = this.#context;
    if (!options.idempotentRestPublishing || wires.some(({ id }) => id !== undefined)) return;
    const base = randomMessageIdBase(options.random);
    wires.forEach((wire, index) => wire.id = `${base}:${index}`);
  }
}
