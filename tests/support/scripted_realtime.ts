import { type ClientOptions, type ConnectionStateChange, Realtime } from "../../mod.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { type Answer, type FakeFetch, fakeFetch, KEY } from "./fake_service.ts";
import { Action } from "../../src/protocol/actions.ts";
import { type Line, ScriptedNetwork, type Welcome } from "./scripted_network.ts";

/** A realtime client whose WebSockets, HTTP, time and chance are the test's. */
export interface Scripted extends AsyncDisposable {
  client: Realtime;
  network: ScriptedNetwork;
  http: FakeFetch;
  clock: FakeClock;
  /** All changes of the connection so far. */
  changes: ConnectionStateChange[];
  /** All of them in short: the events. */
  events(): string[];
  /** The change by which the last connection was lost. */
  loss(): ConnectionStateChange;
  logged: string[];
  /** Waits for the next connection request and answers with CONNECTED. */
  accept(welcome?: Welcome): Promise<Line>;
  /** Lets promise jobs run. */
  settle(): Promise<void>;
  /** Closes the client as {@linkcode end} does. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The options of a scripted client. */
export interface ScriptedOptions extends ClientOptions {
  /** Answers HTTP requests. Defaults to "yes", there is a network. */
  answer?: Answer;
}

/** The host of clients that do not care which. Being explicit, it has no fallbacks. */
export const HOST = "ably.test";

/** Makes a client that waits for `connect()`. Without another key, token or format it uses a key, and JSON. */
export function scripted(
  { answer = () => new Response("yes\n"), ...options }: ScriptedOptions = {},
): Scripted {
  const network = new ScriptedNetwork();
  const http = fakeFetch(answer);
  const clock = new FakeClock();
  const logged: string[] = [];
  const hasAuth = options.authCallback ?? options.authUrl ?? options.token ?? options.tokenDetails;
  const client = new Realtime({
    ...(!hasAuth && { key: KEY }),
    endpoint: HOST,
    useBinaryProtocol: false,
    autoConnect: false,
    WebSocket: network.WebSocket,
    fetch: http.fetch,
    clock,
    random: {
      bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      number: () => 0.5,
    },
    logLevel: "trace",
    logHandler: (message, level) => void logged.push(`${level}: ${message}`),
    ...options,
  });
  const changes: ConnectionStateChange[] = [];
  client.connection.on((change) => void changes.push(change));
  const parts: Scripted = {
    client,
    network,
    http,
    clock,
    changes,
    logged,
    events: () => changes.map(({ event }) => event),
    loss: () =>
      changes.findLast(({ previous, current }) =>
        previous === "connected" && current !== previous
      )!,
    settle: () => clock.advance(0),
    async accept(welcome) {
      const line = await network.next();
      line.connect(welcome);
      await clock.advance(0);
      return line;
    },
    [Symbol.asyncDispose]: () => end(parts),
  };
  return parts;
}

/** Makes a client and connects it. */
export async function connected(
  options: ScriptedOptions = {},
  welcome: Welcome = {},
): Promise<Scripted & { line: Line }> {
  const parts = scripted(options);
  parts.client.connect();
  const line = await parts.accept(welcome);
  return { ...parts, line };
}

/** Closes a scripted client with the consent of the service, and checks that nothing of it is left. */
export async function end({ client, network, clock }: Scripted): Promise<void> {
  const closing = client.close();
  await clock.advance(0);
  for (const line of network.lines) if (line.isLive) line.send({ action: Action.Closed });
  await closing;
  await clock.advance(0);
  if (network.live > 0) throw new Error(`${network.live} sockets are open after close()`);
  if (clock.pending > 0) throw new Error(`${clock.pending} timers are left after close()`);
}

/** An error of the service that says that the token is at fault. */
export const TOKEN_EXPIRED = { code: 40142, statusCode: 401, message: "Token expired" };
