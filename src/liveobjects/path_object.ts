import * as ErrorCode from "../error_numbers.ts";
import { readMembers, type Shape } from "../util/read_members.ts";
import type { PathObjectSubscriptionOptions } from "./core/api_calls.ts";
import type { AnyPathObject } from "./core/api_paths.ts";
import { checkKey } from "./core/changes.ts";
import type { Resolved } from "./core/compact.ts";
import { parsePath, type Path, printPath, resolvePath } from "./core/object_path.ts";
import { requireArgument, requireText } from "./core/value_types.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { leadsNowhere } from "./object_errors.ts";
import { ObjectInstance } from "./object_instance.ts";
import { checkAccess, checkWrite } from "./preconditions.ts";
import { type Listen, WritableView } from "./writable_view.ts";
import { inspect, shownAs } from "../util/inspect.ts";

const SUBSCRIPTION_OPTIONS: Shape<PathObjectSubscriptionOptions> = {
  what: "The options of a subscription",
  code: ErrorCode.BadRequest,
  names: { depth: true },
};

/** A path in the objects of a channel. Each call looks up the value at the path (RTPO1–RTPO2). */
export class ObjectPath extends WritableView<AnyPathObject> implements AnyPathObject {
  readonly #path: Path; // RTPO2a

  constructor(objects: ChannelObjects, path: Path) {
    super(objects);
    this.#path = path;
  }

  [inspect](...given: unknown[]): unknown {
    return shownAs("PathObject", { path: this.path() }, given);
  }

  path(): string {
    return printPath(this.#path); // RTPO4
  }

  override get(key: string): never {
    checkKey(key); // RTPO5a–RTPO5b
    return new ObjectPath(this.objects, [...this.#path, key]) as never; // RTPO5c, RTPO5d
  }

  at(path: string): never {
    requireText(path, "A path");
    return new ObjectPath(this.objects, [...this.#path, ...parsePath(path)]) as never; // RTPO6a, RTPO6a1, RTPO6c, RTPO6d
  }

  instance(): never {
    const target = this.target(); // RTPO8–RTPO8e
    return (target === undefined ? undefined : new ObjectInstance(this.objects, target)) as never;
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

  protected override view(_target: Resolved, key: string): AnyPathObject {
    return this.get(key);
  }

  /** RTPO19a–RTPO19c, RTPO19g */
  protected override listen(
    options?: PathObjectSubscriptionOptions | null,
  ): Listen<AnyPathObject> {
    const { objects } = this;
    checkAccess(objects.channel);
    const depth = depthOf(options);
    return (deliver) =>
      objects.paths.add(this.#path, (path, { message }) => { // RTPO19f
        deliver(this.event(new ObjectPath(objects, path), message)); // RTPO19e1, RTO24b2b1
      }, depth);
  }
}

/** RTPO19c1 */
function depthOf(options: PathObjectSubscriptionOptions | null | undefined): number | undefined {
  const { depth } = readMembers(options, SUBSCRIPTION_OPTIONS);
  if (depth === undefined) return undefined;
  const isValid = Number.isInteger(depth) && depth > 0; // RTPO19c1a
  requireArgument(isValid, depth, ["The depth of a subscription", "a positive whole number"]);
  return depth;
}
