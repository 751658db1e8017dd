import { Rest } from "@ably-edge/sdk/rest";
import { eventStream, streamMessages } from "@ably-edge/sdk/sse";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getSignedCookie, setSignedCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { timingSafeEqual } from "hono/utils/buffer";
import type { Model } from "./model.ts";
import { ANSWER, writeAnswer } from "./write_answer.ts";

/** The secrets of the Worker. */
export interface Env {
  /** The API key. It stays here: pages get neither a key nor a token. */
  ABLY_API_KEY: string;
  /** The password of all users, at least 12 characters. Put your own login in its place. */
  DEMO_PASSWORD?: string;
  /** A long random secret, by which session cookies are signed. */
  SESSION_SECRET?: string;
}

type AppContext = Context<{ Bindings: Env }>;

/** A channel in a namespace whose messages can be changed. */
export const CHANNEL = "mutable:answers";

const MIN_SECRET = 12;
const SESSION_SECONDS = 12 * 60 * 60;
const MAX_BODY = 1000;

let rest: Rest | undefined;

/**
 * Makes the app: `POST /session` signs in, `POST /questions` asks the model, and `GET /answers` are the answers as server-sent
 * events.
 *
 * @param model Answers questions.
 */
export function createApp(model: Model): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.use(csrf(), bodyLimit({ maxSize: MAX_BODY }));

  app.post("/session", async (c) => {
    const { DEMO_PASSWORD = "", SESSION_SECRET = "" } = c.env;
    const isSet = DEMO_PASSWORD.length >= MIN_SECRET && SESSION_SECRET.length >= MIN_SECRET;
    if (!isSet || !await timingSafeEqual(await c.req.text(), DEMO_PASSWORD)) {
      return c.text("Wrong password", 401);
    }
    const ends = String(Date.now() + SESSION_SECONDS * 1000);
    await setSignedCookie(c, "session", ends, SESSION_SECRET, {
      httpOnly: true,
      secure: true,
      sameSite: "Strict",
      maxAge: SESSION_SECONDS,
    });
    return c.body(null, 204);
  });

  app.use(async (c, next) => await isSignedIn(c) ? await next() : c.text("Sign in first", 401));

  app.post("/questions", async (c) => {
    const question = (await c.req.text()).trim();
    if (question === "") return c.text("Ask something", 400);
    const writing = writeAnswer(answers(c), model(question));
    c.executionCtx.waitUntil(writing.catch((error) => console.error(error)));
    return c.body(null, 202);
  });

  app.get("/answers", (c) => {
    // A page that lost its connection names the last event it got. A new one begins with the answers of the last two minutes.
    const lastEvent = c.req.header("last-event-id");
    const messages = streamMessages(answers(c), { lastEvent, rewind: 20 });
    return eventStream(messages, {
      data: ({ name, serial, action, data, extras }) =>
        name !== ANSWER ? undefined : {
          serial,
          text: action === "message.delete" ? null : data,
          isAppend: action === "message.append",
          status: extras?.headers?.status ?? "growing",
        },
    });
  });
  return app;
}

function answers({ env }: AppContext) {
  rest ??= new Rest(env.ABLY_API_KEY);
  return rest.channels.get(CHANNEL);
}

async function isSignedIn(c: AppContext): Promise<boolean> {
  const { SESSION_SECRET = "" } = c.env;
  if (SESSION_SECRET.length < MIN_SECRET) return false;
  return Number(await getSignedCookie(c, SESSION_SECRET, "session")) > Date.now();
}
