/**
 * Measures the memory of the local service over an hour of virtual time: 1,000 connections that are attached to 10,000 channels,
 * while a million messages are published to one of them. `deno task load` runs it after the load over sockets.
 *
 * @module
 */
import { Action } from "../../src/protocol/actions.ts";
import { type Clock, createService, type Timer } from "../../src/testing/mod.ts";

const CONNECTIONS = 1_000;
const CHANNELS = 10_000;
const MESSAGES = 1_000_000;
const SUBSCRIBERS = 10;
const SECONDS = 3_600;
const PAYLOAD = "x".repeat(100);
const HOT = "hot";

/** A clock whose timers fire second by second, so that thousands of them cost little. */
class SecondsClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #due = new Map<number, Set<{ callback: () => void; second: number }>>();

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delay: number): Timer {
    const timer = { callback, second: Math.ceil((this.#now + delay) / 1000) };
    const due = this.#due.get(timer.second) ?? new Set();
    this.#due.set(timer.second, due.add(timer));
    return timer;
  }

  clearTimeout(timer: Timer): void {
    const { second } = timer as { second: number };
    this.#due.get(second)?.delete(timer as never);
  }

  /** Advances by milliseconds within a second. */
  pass(ms: number): void {
    this.#now += ms;
    const second = Math.floor(this.#now / 1000);
    const due = this.#due.get(second);
    this.#due.delete(second);
    for (const { callback } of due ?? []) callback();
  }
}

const { gc } = globalThis as unknown as { gc?: () => void };

/** The live memory, in MB. */
function memory(): number {
  gc?.();
  return Deno.memoryUsage().heapUsed / 1024 / 1024;
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const clock = new SecondsClock();
const service = createService({ clock, logLimit: 1_000 });
let received = 0;

/** A client of bare frames, whose cost does not hide the service's. */
function connect(): WebSocket {
  const socket = new service.WebSocket(
    `wss://service.local/?v=6&format=json&heartbeats=true&key=${service.key}`,
  );
  socket.addEventListener("message", ({ data }) => {
    if (String(data).startsWith(`{"action":${Action.Message},`)) received++;
  });
  return socket;
}

const print = (what: string, base: number) =>
  console.log(
    `${what.padEnd(32)} ${memory().toFixed(0).padStart(6)} MB, ${
      (memory() - base).toFixed(0)
    } MB more than at first`,
  );

const base = memory();
const sockets = Array.from({ length: CONNECTIONS }, connect);
await turn();
await turn();
print("1,000 connections", base);
const attach = (socket: WebSocket, channel: string) =>
  socket.send(JSON.stringify({ action: Action.Attach, channel }));
sockets.forEach((socket, index) => {
  for (let i = 0; i < CHANNELS / CONNECTIONS; i++) {
    attach(socket, `channel-${index * CHANNELS / CONNECTIONS + i}`);
  }
  if (index < SUBSCRIBERS) attach(socket, HOT);
});
await turn();
print("10,000 channels", base);

let published = 0;
const publisher = sockets[0]!;
for (let second = 0; second < SECONDS; second++) {
  const until = Math.round(MESSAGES * (second + 1) / SECONDS);
  for (; published < until; published++) {
    publisher.send(JSON.stringify({
      action: Action.Message,
      channel: HOT,
      msgSerial: published,
      messages: [{ name: "load", data: PAYLOAD }],
    }));
  }
  await turn();
  clock.pass(1000);
  if ((second + 1) % 600 === 0) {
    print(`${(second + 1) / 60} minutes, ${published.toLocaleString("en")} messages`, base);
  }
}
for (let second = 0; second < 300; second++) clock.pass(1000);
await service.fetch("/channels/other/messages", {
  headers: { Authorization: `Basic ${btoa(service.key)}` },
});
print("5 minutes later", base);
if (received !== MESSAGES * SUBSCRIBERS) {
  console.error(`${received} messages arrived instead of ${MESSAGES * SUBSCRIBERS}`);
  Deno.exit(1);
}
await service.close();
