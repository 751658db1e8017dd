import { Hono } from "hono";
import { fromUtf8 } from "../../util/bytes.ts";
import type { Timer } from "../../util/clock.ts";
import { readAtMost } from "../../util/read_body.ts";
import { isForeignPage } from "../foreign_page.ts";
import type { LocalService } from "../service/local_service.ts";
import { readAction, readRules } from "./proxy_rule.ts";
import { ProxySession } from "./proxy_session.ts";

const MAX_BODY = 1024 * 1024;

/** The function that makes a session reachable. */
export interface ProxyListener {
  readonly hostname: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Makes a session listen on a port; 0 takes a free one.
 *
 * @throws {ErrorInfo} 40000 if the port is taken.
 */
export type ListenProxy = (
  session: ProxySession,
  port: number,
) => ProxyListener | Promise<ProxyListener>;

interface Running {
  readonly session: ProxySession;
  readonly listener: ProxyListener;
  touch(): void;
  end(): Promise<void>;
}

/** The control API of a proxy, and its sessions. */
export interface ProxyControl {
  /** Answers a request to the control API. */
  handle(request: Request): Promise<Response>;
  /** Ends all sessions. */
  close(): Promise<void>;
}

/**
 * Makes a proxy that injects faults between clients and a service and is controlled over HTTP: for test suites with their own
 * faults.
 *
 * | request | answer |
 * |---|---|
 * | `GET /health` | 200 |
 * | `POST /sessions` with `{ target, rules, port?, timeoutMs? }` | `{ sessionId, proxy: { host, port } }` |
 * | `POST /sessions/:id/rules` with `{ rules, position: "append" \| "prepend" }` | 200 |
 * | `POST /sessions/:id/actions` with an action | 200; the action is performed on every open WebSocket |
 * | `GET /sessions/:id/log` | `{ events }` |
 * | `DELETE /sessions/:id` | 200 |
 *
 * A rule is `{ match, action, times?, comment? }`; the first that matches applies. The local service replaces every target, so
 * no request leaves the machine.
 */
export function proxyControl(service: LocalService, listen: ListenProxy): ProxyControl {
  const running = new Map<string, Running>();
  const router = new Hono();
  router.use(async (c, next) => {
    if (isForeignPage(c.req.raw)) {
      c.res = refusedRequest(403, "This is not for pages of other origins");
    } else await next();
  });
  router.get("/health", (c) => c.json({ status: "ok", sessions: running.size }));

  router.post("/sessions", async (c) => {
    const { rules, port, timeoutMs } = await bodyOf(c.req.raw);
    const session = new ProxySession(service);
    session.rules.add(readRules(rules));
    const listener = await listen(session, typeof port === "number" ? port : 0);
    const sessionId = crypto.randomUUID();
    const end = async () => {
      if (running.get(sessionId) !== started) return;
      running.delete(sessionId);
      watch.stop();
      session.close();
      await listener.close();
    };
    const watch = timeout(service, typeof timeoutMs === "number" ? timeoutMs : 0, end);
    const started: Running = { session, listener, touch: watch.touch, end };
    running.set(sessionId, started);
    watch.touch();
    const { hostname: host, port: taken } = listener;
    return c.json({ sessionId, proxy: { host, port: taken } }, 201);
  });

  router.post("/sessions/:id/rules", async (c) => {
    const found = find(c.req.param("id"));
    if (found === undefined) return unknown();
    const { rules, position } = await bodyOf(c.req.raw);
    found.session.rules.add(readRules(rules), position === "prepend" ? "prepend" : "append");
    return c.json({ ok: true });
  });

  router.post("/sessions/:id/actions", async (c) => {
    const found = find(c.req.param("id"));
    if (found === undefined) return unknown();
    const body = await bodyOf(c.req.raw);
    found.session.act(readAction(body.action ?? body));
    return c.json({ ok: true });
  });

  router.get("/sessions/:id/log", (c) => {
    const found = find(c.req.param("id"));
    return found === undefined ? unknown() : c.json({ events: found.session.log.events });
  });

  router.delete("/sessions/:id", async (c) => {
    const found = find(c.req.param("id"));
    if (found === undefined) return unknown();
    await found.end();
    return c.json({ ok: true });
  });

  router.notFound(() => refusedRequest(404, "There is nothing here"));
  router.onError((thrown) => refusedRequest(400, thrown.message));

  const find = (id: string) => {
    const found = running.get(id);
    found?.touch();
    return found;
  };
  return {
    handle: async (request) => await router.fetch(request),
    close: async () => void await Promise.all([...running.values()].map(({ end }) => end())),
  };
}

/** Ends sessions that have received no request for this time. */
function timeout(
  { clock }: LocalService,
  milliseconds: number,
  end: () => Promise<void>,
): { touch(): void; stop(): void } {
  let timer: Timer | undefined;
  const stop = () => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
  };
  const touch = () => {
    stop();
    if (milliseconds > 0) timer = clock.setTimeout(() => void end(), milliseconds);
  };
  return { touch, stop };
}

async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  const { bytes, isAll } = await readAtMost(request, MAX_BODY);
  if (!isAll) throw new RangeError(`The request body exceeds ${MAX_BODY} bytes`);
  const text = fromUtf8(bytes);
  const body: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new TypeError("The request body must be an object");
}

function unknown(): Response {
  return refusedRequest(404, "There is no such session");
}

function refusedRequest(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
