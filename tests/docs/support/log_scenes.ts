/**
 * The logs that the guides show: each is the output of a real client.
 *
 * @module
 */
import { type ClientOptions, type LogHandler, Realtime, Rest } from "../../../mod.ts";
import { createService, type LocalService } from "../../../src/testing/mod.ts";

/** A block with a log: its name, and its lines. */
const BLOCK = /(<!-- log: ([\w-]+) -->\n\n```text\n).*?(```\n)/gs;

/** Writes the logs in a page anew. */
export async function withLogs(page: string): Promise<string> {
  const logs = new Map<string, string>();
  for (const [, , name = ""] of page.matchAll(BLOCK)) logs.set(name, await logOf(name));
  return page.replace(BLOCK, (_, start, name, end) => `${start}${logs.get(name)}${end}`);
}

/** The names of the logs in a page. */
export function logsIn(page: string): string[] {
  return [...page.matchAll(BLOCK)].map(([, , name = ""]) => name);
}

/** The service and the options of a scene. */
interface Stage {
  readonly service: LocalService;
  /** Options for clients of the service whose log is shown. */
  readonly options: ClientOptions;
  /** Keeps a line, as the console shows it. */
  readonly print: (line: string) => void;
}

const ignore = () => {};

const SCENES: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async default({ options }) {
    await using client = new Realtime({ ...options, clientID: "jim" } as ClientOptions);
    const channel = client.channels.get("orders");
    await channel.subscribe(() => {
      throw new Error("Order 17 has no price");
    });
    await channel.publish("placed", { id: 17 });
  },
  async info({ options }) {
    await using client = new Realtime({ ...options, logLevel: "info" });
    await client.channels.get("orders").attach();
  },
  async parts({ options }) {
    const logLevel = { default: "error", connection: "trace", http: "debug" } as const;
    await using client = new Realtime({ ...options, logLevel });
    const channel = client.channels.get("orders");
    await channel.publish("placed", { id: 17 });
    await channel.history();
  },
  async json({ options, print }) {
    const logHandler: LogHandler = (message, level, { part }) =>
      print(JSON.stringify({ level, part, message }));
    const rest = new Rest({ ...options, logLevel: "debug", logHandler });
    await rest.channels.get("orders").publish("placed", { id: 17 });
  },
  async unreachable({ service, options }) {
    service.faults.connect({}, { refuse: true });
    await using client = new Realtime({ ...options, logLevel: "info" });
    await client.connection.whenState("disconnected");
  },
  async "wrong-key"({ options }) {
    const key = options.key!.replace(/:.*/, ":wrong-secret");
    await using client = new Realtime({ ...options, key, logLevel: "info" });
    await client.connection.whenState("failed");
  },
  async "provider-fails"({ options }) {
    const authCallback = () => Promise.reject(new Error("Sign in first"));
    await using client = new Realtime({ ...options, key: null, authCallback, logLevel: "info" });
    await client.connection.whenState("disconnected");
  },
  async "no-mode"({ options }) {
    await using client = new Realtime(options);
    const channel = client.channels.get("orders", { modes: ["publish"] });
    await channel.subscribe(ignore);
  },
  async encrypted({ options }) {
    const { Crypto } = Rest;
    const cipher = { key: await Crypto.generateRandomKey() };
    const rest = new Rest(options);
    await using client = new Realtime(options);
    const channel = client.channels.get("orders");
    const received = Promise.withResolvers<void>();
    await channel.subscribe(() => received.resolve());
    await rest.channels.get("orders", { cipher }).publish("placed", { id: 17 });
    await received.promise;
  },
  async misspelt({ options }) {
    await using client = new Realtime(options);
    client.channels.get("orders", { cypher: { key: "…" } } as object);
    client.channels.get("orders", { mode: ["subscribe"] } as object);
    await client.channels.get("orders").history({ limt: 10 } as object);
  },
  async discontinuity({ service, options }) {
    await using client = new Realtime({ ...options, logLevel: "info" });
    const channel = client.channels.get("orders");
    await channel.attach();
    service.faults.forgetConnections();
    service.faults.forgetEvents();
    const update = Promise.withResolvers<void>();
    channel.on("update", () => update.resolve());
    channel.on("attached", () => update.resolve());
    service.faults.drop();
    await update.promise;
  },
  async "ttl-in-seconds"({ options }) {
    const rest = new Rest({ ...options, logHandler: ignore });
    const authCallback = () => rest.auth.requestToken({ ttl: 3600 });
    await using client = new Realtime({ ...options, key: null, authCallback, logLevel: "info" });
    await client.connection.whenState("connected");
  },
  async denied({ options }) {
    const rest = new Rest(options);
    const authCallback = () => rest.auth.requestToken({ capability: { news: ["subscribe"] } });
    await using client = new Realtime({ ...options, key: null, authCallback, logLevel: "info" });
    await client.channels.get("orders").attach().catch(ignore);
  },
  async callback({ options }) {
    await using client = new Realtime(options);
    await client.channels.get("orders").attach(ignore as never);
  },
};

/** The log of a scene. */
async function logOf(name: string): Promise<string> {
  const scene = SCENES[name];
  if (!scene) throw new Error(`There is no scene "${name}"`);
  await using service = createService({ key: "appId.keyId:secret" });
  let text = "";
  const print = (line: string) => void (text += `${line}\n`);
  const logHandler: LogHandler = (message, level, { part }) =>
    print(`${level} ${part}: ${message}`);
  await scene({ service, options: { ...service.options(), logHandler }, print });
  // The end of each scene says nothing new.
  return name === "info"
    ? text
    : text.replace(/^\w+ connection: (Sending Close|Connection clos).*/ms, "");
}
