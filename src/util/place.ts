import type { Clock } from "./clock.ts";

/** The time that a running request may take to answer, in milliseconds. It shares its thread with the requests that ask. */
const ANSWER_TIMEOUT = 50;

/**
 * The request that code runs for. Cloudflare Workers serve many requests in one thread and keep them apart: sockets, timers and promises belong to the request that made them and end with it silently, even if other requests wait for them.
 */
export interface Place {
  /** The error of the runtime for access from another request; `undefined` for code of the same request. */
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

  /** Code that awaits a promise continues in its own request, no matter which request resolves it, or never. */
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
