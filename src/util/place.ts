import type { Clock } from "./clock.ts";

/** How long a request that still runs may take to answer, in milliseconds. It shares its thread with those who ask. */
const ANSWER_TIMEOUT = 50;

/**
 * Where code runs. Cloudflare Workers serve many requests in one thread, and part them: sockets, timers and promises
 * belong to the request that made them and end with it, without a word to others who wait for them.
 */
export interface Place {
  /** What the runtime says to those who reach over from another request; `undefined` for code of the same one. */
  readonly barrier: unknown;
  /**
   * Runs a task there.
   *
   * @returns Whether it was run: not if the request has ended.
   */
  run(task: () => void, clock: Clock): Promise<boolean>;
}

interface Socket {
  readonly readyState: number;
}

/** The place where this is called; `undefined` on runtimes that don't part their work, and outside of all requests. */
export function currentPlace(): Place | undefined {
  const { WebSocketPair } = globalThis as { WebSocketPair?: new () => Record<number, Socket> };
  if (WebSocketPair === undefined) return undefined;
  try {
    return new Request(new WebSocketPair()[0]!);
  } catch {
    return undefined; // Nothing can be made outside of requests.
  }
}

class Request implements Place {
  /** Of all that belongs to a request, a socket alone can be asked without doing anything. */
  readonly #mark: Socket;
  #tasks: (() => void)[] = [];
  #called = Promise.withResolvers<void>();

  constructor(mark: Socket) {
    this.#mark = mark;
    void this.#serve();
  }

  get barrier(): unknown {
    try {
      void this.#mark.readyState;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  run(task: () => void, clock: Clock): Promise<boolean> {
    return new Promise((resolve) => {
      let isLate = false;
      const timer = clock.setTimeout(() => {
        isLate = true;
        resolve(false);
      }, ANSWER_TIMEOUT);
      this.#tasks.push(() => {
        if (isLate) return;
        clock.clearTimeout(timer);
        resolve(true);
        task();
      });
      this.#called.resolve();
    });
  }

  /** What waits for a promise goes on in the request where it waits, whichever request resolves it; or not at all. */
  async #serve(): Promise<void> {
    for (;;) {
      await this.#called.promise;
      if (this.barrier !== undefined) return; // By a flag for old Workers it goes on where it was resolved.
      this.#called = Promise.withResolvers();
      const tasks = this.#tasks;
      this.#tasks = [];
      for (const task of tasks) task();
    }
  }
}
