import { type ClientOptions, Realtime } from "../../mod.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { test } from "../harness.ts";

/** A local service, and how to make realtime clients of it. */
export interface RealtimeUnderTest {
  service: LocalService;
  /** Makes a client of the service in the format under test. It is closed after the case. */
  client(options?: ClientOptions): Realtime;
}

/** Runs a case against the local service in both formats. */
export function testRealtime(
  name: string,
  run: (under: RealtimeUnderTest) => Promise<void>,
): void {
  for (const useBinaryProtocol of [false, true]) {
    test(`${name} (${useBinaryProtocol ? "MessagePack" : "JSON"})`, async () => {
      await using service = createService();
      const clients: Realtime[] = [];
      try {
        await run({
          service,
          client(options) {
            const client = new Realtime({
              ...service.options(),
              useBinaryProtocol,
              logHandler: () => {},
              ...options,
            });
            clients.push(client);
            return client;
          },
        });
      } finally {
        await Promise.all(clients.map((client) => client.close()));
      }
    });
  }
}

/** Collects what is delivered, and waits for it. */
export class Collector<T> {
  readonly items: T[] = [];
  #check = () => {};

  /** The listener. */
  readonly add = (item: T): void => {
    this.items.push(item);
    this.#check();
  };

  /** Resolves with all items once there are so many. */
  count(count: number): Promise<T[]> {
    return new Promise((resolve) => {
      this.#check = () => {
        if (this.items.length >= count) resolve(this.items);
      };
      this.#check();
    });
  }
}
