import type { Clock, Timer } from "../../util/clock.ts";
import type { RandomSource } from "../../util/random.ts";
import { AppClock } from "../core/app_clock.ts";
import { AppRegistry } from "../core/app_registry.ts";
import type { ChannelKind } from "../core/channel_kind.ts";
import { FaultEngine, type FaultSocket } from "../faults/fault_engine.ts";
import { serviceClosed } from "../core/service_error.ts";
import type { ObjectsBehavior } from "../objects/objects_behavior.ts";
import { Rate } from "../limits/rate.ts";
import type { ServiceLimits } from "../limits/service_limits.ts";
import type { ServiceLog } from "./service_log.ts";

/** The state that every part of a service shares. */
export interface CoreSources {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: ServiceLog;
  /** The deviations for objects. */
  readonly objects?: ObjectsBehavior | null;
  /** The kinds of channels that products use. */
  readonly kinds?: readonly ChannelKind[];
  readonly limits?: ServiceLimits | null;
}

/** The core of a service: apps, time, log and faults. It is independent of HTTP. */
export class ServiceCore {
  /** The clock for timers. */
  readonly timers: Clock;
  /** The service's time. */
  readonly clock: AppClock;
  readonly random: RandomSource;
  readonly log: ServiceLog;
  readonly faults: FaultEngine;
  readonly apps: AppRegistry;
  readonly limits: ServiceLimits;
  readonly requestRate: Rate;
  readonly connectionRate: Rate;
  /** The open WebSockets. */
  readonly sockets = new Set<FaultSocket>();
  #socketCount = 0;
  readonly #waiting = new Map<() => void, Timer | undefined>();
  #closed = false;

  constructor({ clock, random, log, objects, kinds = [], limits }: CoreSources) {
    this.timers = clock;
    this.clock = new AppClock(clock);
    this.random = random;
    this.log = log;
    this.limits = limits ?? {};
    this.requestRate = new Rate(this.limits.requestRate);
    this.connectionRate = new Rate(this.limits.connectionRate);
    this.apps = new AppRegistry({
      clock: this.clock,
      timers: clock,
      random,
      objects: objects ?? {},
      kinds,
      limits: this.limits,
    });
    this.faults = new FaultEngine({
      checkOpen: () => {
        if (this.#closed) throw serviceClosed();
      },
      sockets: () => [...this.sockets],
      expireTokens: () => this.#expireTokens(),
      forgetConnections: () => this.#forgetConnections(),
      forgetEvents: () => this.#forgetEvents(),
    });
  }

  /** Whether the service has ended. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The number of the next WebSocket. */
  nextSocket(): number {
    return ++this.#socketCount;
  }

  /**
   * Calls back after a delay in milliseconds, or when the service ends, if that is earlier. The delay may be infinite.
   *
   * @returns A function that cancels the call.
   */
  later(delay: number, callback: () => void): () => void {
    if (this.#closed) {
      callback();
      return () => {};
    }
    const timer = delay === Infinity ? undefined : this.timers.setTimeout(() => {
      this.#waiting.delete(callback);
      callback();
    }, delay);
    this.#waiting.set(callback, timer);
    return () => {
      this.#waiting.delete(callback);
      if (timer !== undefined) this.timers.clearTimeout(timer);
    };
  }

  /** Ends all running work. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.apps.close();
    for (const socket of [...this.sockets]) socket.close(1001, "The service is closing");
    this.faults.clear();
    for (const [callback, timer] of this.#waiting) {
      if (timer !== undefined) this.timers.clearTimeout(timer);
      callback();
    }
    this.#waiting.clear();
  }

  #expireTokens(): void {
    for (const app of this.apps.values()) {
      app.tokens.expireAll(app.clock.now());
      for (const connection of app.connections.values()) connection.expireToken();
    }
  }

  #forgetConnections(): void {
    for (const app of this.apps.values()) {
      for (const connection of app.connections.values()) {
        if (connection.droppedAt === undefined) app.connections.forgetKeys(connection);
        else connection.dispose();
      }
    }
  }

  #forgetEvents(): void {
    for (const app of this.apps.values()) {
      for (const channel of app.channels.values()) channel.events.forget();
    }
  }
}
