import type { ClientOptions, TokenParams } from "../../mod.ts";
import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import type { LocalService } from "../../src/testing/mod.ts";
import { signJwt } from "../../src/token/mod.ts";
import { Chance } from "./chance.ts";
import { Network } from "./network.ts";
import type { ClientPlan } from "./plan.ts";
import { User } from "./user.ts";
import { ProcessClock, type VirtualClock } from "./virtual_clock.ts";

/** The secret of the world's key. It must not be in any log. */
export const SECRET = "thesecretofthekey";
/** The key of the world. */
export const KEY = `app.root:${SECRET}`;

/** The lifetime of the tokens that servers of users sign, in milliseconds. */
const TOKEN_TTL = 90_000;

/** The path at which a user's server gives tokens. */
const AUTH_URL = "https://tokens.example/token";

/** A frame that a client sent. */
export interface SentFrame {
  readonly at: number;
  readonly action: number;
  readonly channel: string | undefined;
  readonly connectionId: string | undefined;
  /** The names of its messages. */
  readonly names: readonly string[];
}

/** The calls for tokens of a client. */
export interface TokenCalls {
  running: number;
  /** The largest number that ran at the same time. */
  most: number;
  readonly at: number[];
  readonly tokens: string[];
}

/** A client of a world, with the things around it. */
export interface Inhabitant {
  readonly user: User;
  readonly network: Network;
  readonly process: ProcessClock;
  readonly sent: SentFrame[];
  readonly logged: string[];
  readonly tokenCalls: TokenCalls;
}

/** The parts of a world that a client is made from. */
export interface Surroundings {
  readonly seed: number;
  readonly clock: VirtualClock;
  /** The service that runs now. */
  service(): LocalService | undefined;
  /** For a client in place of one whose process has ended. */
  readonly heir?: Heir;
}

/** The things that a client takes over from the one before it. */
export interface Heir {
  /** The number of clients before it. */
  readonly generation: number;
  /** Its recovery key, if it could make one. */
  readonly recover: string | null;
}

/** Makes a client, its network and its server for tokens. */
export function settle(plan: ClientPlan, { seed, clock, service, heir }: Surroundings): Inhabitant {
  const chance = new Chance(plan.name, seed, ...(heir ? [heir.generation] : []));
  const process = new ProcessClock(clock);
  const sent: SentFrame[] = [];
  const logged: string[] = [];
  const tokenCalls: TokenCalls = { running: 0, most: 0, at: [], tokens: [] };
  const codec = plan.binary ? msgpackCodec : jsonCodec;
  const network = new Network({
    clock,
    process,
    chance,
    service,
    sent(data) {
      const text = typeof data === "string" ? data : new Uint8Array(data);
      const { action, channel, messages = [] } = codec.decode(text) as ProtocolMessage;
      const names = messages.map(({ name = "" }) => name);
      const connectionId = user.client.connection.id;
      sent.push({ at: clock.elapsed, action, channel: channel ?? undefined, connectionId, names });
    },
    answer: (url) => url.startsWith(AUTH_URL) ? token() : undefined,
  });
  const clientId = plan.isAnyone ? "*" : plan.name;
  const counted = async <T>(ask: () => Promise<T>): Promise<T> => {
    tokenCalls.at.push(clock.elapsed);
    tokenCalls.most = Math.max(tokenCalls.most, ++tokenCalls.running);
    try {
      return await ask();
    } finally {
      tokenCalls.running--;
    }
  };
  const token = () =>
    counted(async () => {
      await network.pass();
      const now = () => clock.now();
      const token = await signJwt(KEY, { clientId, ttl: TOKEN_TTL }, { now });
      tokenCalls.tokens.push(token);
      return token;
    });
  /** Another client in the same process signs, with the time of the service. */
  const signed = (params: TokenParams) =>
    counted(() => user.rest.auth.createTokenRequest(params, { key: KEY, queryTime: true }));
  const options: ClientOptions = {
    endpoint: plan.fallbacks ? "main" : "service.local",
    clock: process,
    random: chance,
    fetch: network.fetch,
    WebSocket: network.WebSocket,
    useBinaryProtocol: plan.binary,
    echoMessages: plan.echo,
    queueMessages: plan.queue,
    ...(plan.isAnyone ? { defaultTokenParams: { clientId } } : { clientId }),
    recover: heir?.recover ?? null,
    plugins: { LiveObjects },
    logLevel: seed % 8 === 0 ? "trace" : "warn",
    logHandler: (message) => void logged.push(message),
    ...(plan.credentials === "key" && { key: KEY }),
    ...(plan.credentials === "signed" && { key: KEY, useTokenAuth: true }),
    ...(plan.credentials === "signer" && { authCallback: signed }),
    ...(plan.credentials === "callback" && { authCallback: token }),
    ...(plan.credentials === "url" && { authUrl: AUTH_URL }),
  };
  const rest = { ...options, key: KEY, authCallback: null, authUrl: null, useTokenAuth: false };
  const user: User = new User(
    plan,
    { realtime: options, rest },
    () => clock.elapsed,
    heir?.generation,
  );
  return { user, network, process, sent, logged, tokenCalls };
}
