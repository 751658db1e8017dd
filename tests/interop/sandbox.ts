import type * as Ably from "ably";
import { assert } from "../harness.ts";
import { type Format, Scene } from "./clients.ts";

/** An app like those of Ably's own test suites: keys that permit little, namespaces, and members that never leave. */
const SETUP = {
  keys: [
    {},
    { capability: '{"cansubscribe:*":["subscribe"],"canpublish:*":["publish"]}' },
    {
      capability: '{"channel0":["publish"],"channel2":["publish","subscribe"],' +
        '"channel3":["subscribe"],"channel5":["presence"],"channel6":["*"]}',
    },
    { capability: '{"*":["subscribe"]}' },
    { revocableTokens: true },
    { capability: '{"[*]*":["*"]}' },
  ],
  namespaces: [
    { id: "persisted", persisted: true },
    { id: "pushenabled", pushEnabled: true },
    { id: "mutable", mutableMessages: true },
  ],
  channels: [{
    name: "persisted:fixtures",
    presence: [
      { clientId: "text", data: "some text" },
      { clientId: "object", data: '{"a":1}', encoding: "json" },
      { clientId: "looks", data: '{"a":1}' },
    ],
  }],
};

type Options<O> = Partial<O> & { keyIndex?: number };

/** An app of its own on the local service, with clients of the official package in one format. */
export class Sandbox implements AsyncDisposable {
  readonly scene: Scene;
  readonly appId: string;
  /** The keys, `appId.keyId:secret`. */
  readonly keys: readonly string[];
  readonly #format: Format;

  private constructor(
    scene: Scene,
    app: { appId: string; keys: { keyStr: string }[] },
    format: Format,
  ) {
    this.scene = scene;
    this.appId = app.appId;
    this.keys = app.keys.map(({ keyStr }) => keyStr);
    this.#format = format;
  }

  static async start(format: Format): Promise<Sandbox> {
    const scene = await Scene.start();
    const { tls, endpoint, port } = scene.connection;
    const response = await fetch(`${tls ? "https" : "http"}://${endpoint}:${port}/apps`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(SETUP),
    });
    assert(response.ok);
    return new Sandbox(scene, await response.json(), format);
  }

  rest(options: Options<Ably.ClientOptions> = {}): Ably.Rest {
    return this.scene.ablyRest(this.#complete(options));
  }

  realtime(options: Options<Ably.ClientOptions> = {}): Ably.Realtime {
    return this.scene.ablyRealtime(this.#complete(options));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.scene[Symbol.asyncDispose]();
  }

  #complete({ keyIndex = 0, ...options }: Options<Ably.ClientOptions>): object {
    const hasCredentials = ["authCallback", "authUrl", "token", "tokenDetails"].some((name) =>
      name in options
    );
    return {
      ...(!hasCredentials && { key: this.keys[keyIndex]! }),
      format: this.#format,
      logLevel: 0,
      ...options,
    };
  }
}

/** Runs a test with an app of its own. */
export async function withSandbox(
  format: Format,
  run: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  await using sandbox = await Sandbox.start(format);
  await run(sandbox);
}

/** The error of a rejected promise, as code and status. */
export async function refusalOf(promise: Promise<unknown>): Promise<[number, number]> {
  try {
    await promise;
  } catch (error) {
    const { code, statusCode } = error as Ably.ErrorInfo;
    return [code, statusCode];
  }
  throw new Error("It was not refused");
}

/** Waits for a connection to reach a state, and returns why it did. */
export async function stateOf(
  { connection }: Ably.Realtime,
  state: Ably.ConnectionState,
): Promise<Ably.ErrorInfo | undefined> {
  await connection.whenState(state);
  return connection.errorReason ?? undefined;
}

/** Ably's clients leave timers of theirs behind. */
export const LEAKY = { leaks: "ably" };

/** Both formats. */
export const FORMATS: readonly Format[] = ["json", "msgpack"];
