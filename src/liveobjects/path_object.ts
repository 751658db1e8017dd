import { ErrorCode } from "../error_codes.ts";
import { createError } from "../errors.ts";
import type {
  AnyPathObject,
  ObjectStreamOptions,
  PathObjectSubscriptionEvent,
  PathObjectSubscriptionOptions,
  Subscription,
} from "./core/api_objects.ts";
import { checkKey } from "./core/changes.ts";
import type { Resolved } from "./core/compact.ts";
import { parsePath, type Path, printPath, resolvePath } from "./core/object_path.ts";
import { publicMessage } from "./core/public_message.ts";
import { requireArgument, shown } from "./core/value_types.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { leadsNowhere } from "./object_errors.ts";
import { ObjectInstance } from "./object_instance.ts";
import { objectStream } from "./object_stream.ts";
import { checkAccess, checkWrite } from "./preconditions.ts";
import { requireListener, subscription } from "./subscription.ts";
import { WritableView } from "./writable_view.ts";

type Listener = (event: PathObjectSubscriptionEvent) => void;
type Options = PathObjectSubscriptionOptions & ObjectStreamOptions;

/** A place in the objects of a channel; what is there is looked up with every call (RTPO1–RTPO2). */
export class ObjectPath extends WritableView implements AnyPathObject {
  readonly #path: Path; // RTPO2a

  constructor(objects: ChannelObjects, path: Path) {
    super(objects);
    this.#path = path;
  }

  path(): string {
    return printPath(this.#path); // RTPO4
  }

  get(key: string): never {
    checkKey(key); // RTPO5a–RTPO5b
    return new ObjectPath(this.objects, [...this.#path, key]) as never; // RTPO5c, RTPO5d
  }

  at(path: string): never {
    requireArgument(typeof path === "string", path, ["A path", "a string"]);
    return new ObjectPath(this.objects, [...this.#path, ...parsePath(path)]) as never; // RTPO6a, RTPO6a1, RTPO6c, RTPO6d
  }

  instance(): never {
    const target = this.target(); // RTPO8–RTPO8e
    return (target === undefined ? undefined : new ObjectInstance(this.objects, target)) as never;
  }

  entries(): IterableIterator<[string, AnyPathObject]> { // RTPO9–RTPO9c
    return this.snapshot().map(([key]): [string, AnyPathObject] => [key, this.get(key)]).values();
  }

  values(): IterableIterator<AnyPathObject> { // RTPO11–RTPO11d
    return this.snapshot().map(([key]) => this.get(key) as AnyPathObject).values();
  }

  subscribe(listener: Listener, options?: PathObjectSubscriptionOptions | null): Subscription {
    checkAccess(this.objects.channel); // RTPO19a–RTPO19b, RTPO19g
    requireListener(listener);
    const depth = depthOf(options);
    this.objects.visit();
    return subscription(this.#listen((event) => this.objects.call(listener, event), depth)); // RTPO19d
  }

  subscribeIterator(options?: Options | null): AsyncIterableIterator<PathObjectSubscriptionEvent> {
    const { channel } = this.objects;
    checkAccess(channel);
    const depth = depthOf(options);
    return objectStream(channel, (deliver) => this.#listen(deliver, depth), options);
  }

  protected override target(): Resolved {
    checkAccess(this.objects.channel); // RTPO7a, RTPO8a, RTPO9a, RTPO10a, RTPO11a, RTPO12a, RTPO13a, RTPO14a
    // RTPO2b, RTPO3, RTPO7b, RTPO8b, RTPO9b, RTPO10b, RTPO11b, RTPO12b, RTPO13b
    return resolvePath(this.objects.core.pool.root, this.#path);
  }

  protected override writable(action: string): Resolved {
    checkWrite(this.objects.channel); // RTPO15b, RTPO16b, RTPO17b, RTPO18b
    // RTPO15c, RTPO16c, RTPO17c, RTPO18c
    const target = resolvePath(this.objects.core.pool.root, this.#path);
    if (target === undefined) throw leadsNowhere(this.#path, action); // RTPO3c2
    return target;
  }

  #listen(deliver: Listener, depth: number | undefined): () => void {
    const { objects } = this;
    return objects.paths.add(this.#path, (path, { message }) => { // RTPO19f
      const known = publicMessage(message, objects.channel.name);
      const object = new ObjectPath(objects, path) as AnyPathObject; // RTPO19e1, RTO24b2b1
      deliver({ object, ...(known && { message: known }) }); // RTPO19e2, RTO24b2b2
    }, depth);
  }
}

/** RTPO19c1 */
function depthOf(options: PathObjectSubscriptionOptions | null | undefined): number | undefined {
  if (options == null) return undefined;
  if (typeof options !== "object") {
    throw createError(
      ErrorCode.BadRequest,
      `The options of a subscription must be an object, got ${shown(options)}`,
      "Give an object such as { depth: 1 }, or nothing.",
    );
  }
  const { depth } = options;
  if (depth == null) return undefined;
  const isValid = Number.isInteger(depth) && depth > 0; // RTPO19c1a
  requireArgument(isValid, depth, ["The depth of a subscription", "a positive whole number"]);
  return depth;
}
