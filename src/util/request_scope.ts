import type { Clock } from "./clock.ts";

/** The time in which the other request must respond, in milliseconds. It is short, because both run in the same thread. */
const ANSWER_TIMEOUT = 50;

/**
 * The request that code runs for. Cloudflare Workers handle many requests in one thread and isolate them: sockets, timers and
 * promises belong to the request that made them and end with it silently, even if other requests wait for them.
 */
export interface RequestScope {
  /** The error that the runtime throws for access from another request; `undefined` for code of the same request. */
  readonly barrier: unknown;
  /**
   * Runs a task in that request.
   *
   * @returns Whether the task ran; false if the request has ended.
   */
  run(task: () => void, clock: Clock): Promise<boolean>;
}

interface Socket {
  readonly readyState: number;
}

/** The request that the caller runs in. It is `undefined` outside of requests, and on runtimes that do not isolate them. */
export function currentRequestScope(): RequestScope | undefined {
  const { WebSocketPair } = globalThis as { WebSocketPair?: new () => Record<number, Socket> };
  if (WebSocketPair === undefined) return undefined;
  try {
    return new WorkerRequest(new WebSocketPair()[0]!);
  } catch {
    return undefined; // Sockets cannot be made outside of requests.
  }
}

class WorkerRequest implements RequestScope {
  /** A socket, as only sockets let code test their owner without a side effect. */
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

  /**
   * Waits for tasks. An `await` continues in the request that called it, even if another request resolves the promise; if the
   * request has ended, it never continues.
   */
  async #serve(): Promise<void> {
    for (;;) {
      await this.#called.promise;
      // With an old compatibility flag, an `await` continues in the request that resolved the promise.
      if (this.barrier !== undefined) return;
      this.#called = Promise.withResolvers();
      const tasks = this.#tasks;
      this.#tasks = [];
      for (const task of tasks) task();
    }
  }
}
