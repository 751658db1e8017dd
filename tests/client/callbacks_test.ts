import { ErrorInfo, Realtime, type RealtimeChannel, Rest } from "../../mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { json } from "../support/fake_service.ts";
import { fakeRest } from "../support/rest_clients.ts";

const NEVER = () => {
  throw new Error("The callback was called");
};

/** A call with the arguments that come before the callback. */
type Call = (...given: never[]) => unknown;
type Row = readonly [method: string, call: Call, ...before: (readonly unknown[])[]];

function bound(object: object, method: string): Call {
  return (object as Record<string, Call>)[method]!.bind(object);
}

function rows(object: object, name: string, methods: Record<string, unknown[][]>): Row[] {
  return Object.entries(methods).map(([method, before]) =>
    [`${name}.${method}`, bound(object, method), ...before] as const
  );
}

const SPEC = { channels: ["a"], messages: [{ data: "x" }] };
const DEVICE = { id: "d", platform: "ios", formFactor: "phone", push: { recipient: {} } };
const OF_CHANNEL = {
  publish: [["n", "d"], ["n", "d", {}], [{ name: "n" }], [{ name: "n" }, {}], [[{ name: "n" }]]],
  history: [[], [null], [{}]],
};
const LISTS = { get: [[], [null], [{}]], history: [[], [null], [{}]] };

test("every call that took a callback in ably 1.x, and has a result, refuses it with 40025 and sends nothing", async () => {
  const { rest, network } = fakeRest(() => json([]));
  const realtime = new Realtime({ key: "a.b:c", clientId: "jim", autoConnect: false });
  const channel = rest.channels.get("a");
  const live = realtime.channels.get("a");
  const page = await channel.history();
  const { deviceRegistrations, channelSubscriptions } = rest.push.admin;
  const sent = network.seen.length;
  const table: Row[] = [
    ...rows(rest.auth, "auth", {
      authorize: [[], [null], [null, null], [{}, {}]],
      requestToken: [[], [null], [null, null], [{}, {}]],
      createTokenRequest: [[], [null], [null, null], [{}, {}]],
      revokeTokens: [[[]], [[], {}]],
    }),
    ...rows(rest, "rest", {
      time: [[]],
      stats: [[], [null], [{}]],
      request: [["get", "/time", 3], ["get", "/time", {}, null, null], [
        ...["get", "/time", 3],
        ...[null, null, null],
      ]],
      batchPublish: [[SPEC]],
      batchPresence: [[["a"]]],
    }),
    ...rows(channel, "rest channel", { ...OF_CHANNEL, status: [[]] }),
    ...rows(channel.presence, "rest presence", LISTS),
    ...rows(live, "realtime channel", OF_CHANNEL),
    ...rows(live.presence, "realtime presence", LISTS),
    ...rows(realtime, "realtime", { stats: [[], [{}]], time: [[]] }),
    ...rows(realtime.connection, "connection", { ping: [[]] }),
    ...rows(page, "page", { next: [[]], first: [[]], current: [[]] }),
    ...rows(rest.push.admin, "push", {
      publish: [[{ clientId: "c" }, { notification: { title: "t" } }]],
    }),
    ...rows(deviceRegistrations, "devices", {
      save: [[DEVICE]],
      get: [["d"]],
      list: [[], [{}]],
      remove: [["d"]],
      removeWhere: [[{ clientId: "c" }]],
    }),
    ...rows(channelSubscriptions, "subscriptions", {
      save: [[{ channel: "a", clientId: "c" }]],
      list: [[], [{}]],
      listChannels: [[], [{}]],
      remove: [[{ channel: "a", clientId: "c" }]],
      removeWhere: [[{ clientId: "c" }]],
    }),
    ...rows(Rest.Crypto, "Crypto", { generateRandomKey: [[], [256]] }),
  ];
  for (const [method, call, ...before] of table) {
    for (const given of before) {
      const name = `${method}(${given.map((value) => JSON.stringify(value)).join()})`;
      const result = call(...[...given, NEVER] as never[]);
      assert(result instanceof Promise, name); // Rejected, not thrown: callers use catch().
      const error = await assertRejects(() => result, ErrorInfo);
      assertEquals([name, error.code, error.statusCode], [name, 40025, 400]);
      assert(error.remediation.includes("await the promise"), name);
    }
  }
  assertEquals(network.seen.length, sent);
});

/** The calls that have their effect also with a callback. */
const IGNORING: readonly [
  method: string,
  call: (channel: RealtimeChannel, callback: never) => Promise<unknown>,
  isDone?: (channel: RealtimeChannel) => unknown,
][] = [
  ["attach", (channel, cb) => channel.attach(cb), ({ state }) => state === "attached"],
  ["detach", async (channel, cb) => {
    await channel.attach();
    await channel.detach(cb);
  }, ({ state }) => state === "detached"],
  ["setOptions", (channel, cb) => bound(channel, "setOptions")({} as never, cb) as Promise<void>],
  ["subscribe", (channel, cb) => bound(channel, "subscribe")(NEVER as never, cb) as Promise<void>],
  [
    "subscribe",
    (channel, cb) => bound(channel, "subscribe")("n" as never, NEVER as never, cb) as Promise<void>,
  ],
  [
    "subscribe",
    (channel, cb) =>
      bound(channel, "subscribe")({ name: "n" } as never, NEVER as never, cb) as Promise<void>,
  ],
  ["subscribe", (channel, cb) => channel.presence.subscribe((() => {}) as never, cb)],
  [
    "subscribe",
    (channel, cb) =>
      bound(channel.presence, "subscribe")("enter" as never, NEVER as never, cb) as Promise<void>,
  ],
  ["enter", (channel, cb) => channel.presence.enter(cb), isPresent],
  ["enter", (channel, cb) => channel.presence.enter("data", cb), isPresent],
  ["update", (channel, cb) => channel.presence.update(cb), isPresent],
  ["update", (channel, cb) => channel.presence.update("data", cb), isPresent],
  ["enter", (channel, cb) => channel.presence.enterClient("jim", cb), isPresent],
  ["enter", (channel, cb) => channel.presence.enterClient("jim", "data", cb), isPresent],
  ["update", (channel, cb) => channel.presence.updateClient("jim", "data", cb), isPresent],
  ["leave", (channel, cb) => entered(channel, () => channel.presence.leave(cb)), isAbsent],
  ["leave", (channel, cb) => entered(channel, () => channel.presence.leave("bye", cb)), isAbsent],
  [
    "leave",
    (channel, cb) => entered(channel, () => channel.presence.leaveClient("jim", "bye", cb)),
    isAbsent,
  ],
];

async function entered(channel: RealtimeChannel, then: () => Promise<void>): Promise<void> {
  await channel.presence.enter("data");
  await then();
}

async function isPresent(channel: RealtimeChannel): Promise<boolean> {
  return (await channel.presence.get()).some(({ clientId }) => clientId === "jim");
}

async function isAbsent(channel: RealtimeChannel): Promise<boolean> {
  return !await isPresent(channel);
}

test("calls that only have an effect have it also with a callback of ably 1.x, and warn that it is not called", async () => {
  await using service = createService();
  for (
    const [method, call, isDone = ({ state }: RealtimeChannel) => state !== "failed"] of IGNORING
  ) {
    const logged: string[] = [];
    const logHandler = (message: string, level: string) => void logged.push(`${level} ${message}`);
    await using client = new Realtime({ ...service.options(), clientId: "jim", logHandler });
    await client.connect();
    const channel = client.channels.get("a");
    await call(channel, NEVER as never);
    assertEquals(logged, [`warn ${method}() does not call its callback. Await its promise`]);
    assert(await isDone(channel), method);
    await channel.presence.leave().catch(() => {});
  }
});
