import { PathSearch } from "../../../src/liveobjects/core/path_search.ts";
import { PathSubscriptions } from "../../../src/liveobjects/core/path_subscriptions.ts";
import { assertEquals, test } from "../../harness.ts";
import { CoreRig, mapState } from "./core_rig.ts";

/** Maps that each refer to the next, with the root first. */
function chain(count: number): CoreRig {
  const states = Array.from(
    { length: count },
    (_, i) => mapState(i === 0 ? "root" : `map:${i}`, { d: `map:${i + 1}` }),
  );
  return new CoreRig().synced(...states, mapState(`map:${count}`, {}));
}

// With an index that reads every prefix of a path, this does not end within the time limit of a test.
test("RTO24b: a change of each of 5,000 maps inside each other is announced once", () => {
  const { core: { pool } } = chain(5_000);
  const subscriptions = new PathSubscriptions();
  const lengths: number[] = [];
  subscriptions.add([], ({ length }) => lengths.push(length));
  for (const object of pool) {
    subscriptions.dispatch(new PathSearch(pool), object, { keys: [["d", "updated"]] });
  }
  assertEquals(lengths.toSorted((one, other) => one - other), [...Array(5_001).keys()]);
});

test("SUB2, RTO24c1: each removal leaves the subscriptions above, below and beside it", () => {
  const { core: { pool } } = chain(3);
  const subscriptions = new PathSubscriptions();
  const called: string[] = [];
  const add = (...path: string[]) =>
    subscriptions.add(path, () => called.push(`${path}`), path.length === 3 ? 1 : undefined);
  const change = (objectId: string) => {
    called.length = 0;
    subscriptions.dispatch(new PathSearch(pool), pool.get(objectId)!, { keys: [["d", "updated"]] });
    return [...called];
  };
  const [deep, top, middle, beside] = [add("d", "d", "d"), add(), add("d", "d"), add("x", "d")];
  assertEquals(change("map:2"), ["d,d,d", "", "d,d"]);
  middle();
  assertEquals(change("map:2"), ["d,d,d", ""]);
  top();
  assertEquals(change("map:2"), ["d,d,d"]);
  deep();
  beside();
  assertEquals(change("map:2"), []);
  const again = add("d", "d", "d");
  deep();
  assertEquals(change("map:3"), ["d,d,d"]);
  again();
  assertEquals(change("map:3"), []);
});
