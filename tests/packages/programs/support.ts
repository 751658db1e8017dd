import type * as Ably from "ably";

/** The options of a client for the local service. */
export const service = JSON.parse(process.env.SERVICE!) as Ably.ClientOptions & { key: string };

let said = 0;

/** Prints one line of what the program has seen. Times and serials have no place in it: they differ from run to run. */
export function say(...parts: unknown[]): void {
  said++;
  console.log("saw -", ...parts.map((part) => typeof part === "string" ? part : show(part)));
}

/** Says that the program has come to its end. */
export function end(): never {
  console.log("ended -", said);
  process.exit(0);
}

/** JSON with sorted keys. */
export function show(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  ) ?? "undefined";
}

/** Keeps what a listener receives, and lets the program wait for it. */
export class Inbox<T> {
  readonly items: T[] = [];
  #waiting: (() => void)[] = [];

  readonly put = (item: T): void => {
    this.items.push(item);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** Waits for an item that passes, among those that have come and those to come. */
  async find(passes: (item: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.items.find(passes);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits until a number of items has come. */
  async count(wanted: number): Promise<T[]> {
    while (this.items.length < wanted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.items;
  }
}

/** Code and status of the error that a call rejects with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "no error";
  } catch (error) {
    const { code, statusCode } = error as { code: number; statusCode: number };
    return `${code} ${statusCode}`;
  }
}

/** A JWT as a server of one's own would make it. */
export async function jwt(claims: Record<string, unknown>): Promise<string> {
  const [name, secret] = service.key.split(":") as [string, string];
  const encode = (value: string | Uint8Array) => Buffer.from(value).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const header = encode(JSON.stringify({ typ: "JWT", alg: "HS256", kid: name }));
  const text = `${header}.${encode(JSON.stringify({ iat: now, exp: now + 3600, ...claims }))}`;
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
  return `${text}.${encode(new Uint8Array(signature))}`;
}

/** The options of a user whose tokens come from a callback. */
export function userOptions(
  clientId: string,
  claims: Record<string, unknown> = {},
): Ably.ClientOptions {
  const { key: _key, ...address } = service;
  return {
    ...address,
    authCallback: (_params, callback) => {
      jwt({ "x-ably-clientId": clientId, ...claims }).then(
        (token) => callback(null, token),
        (error) => callback(String(error), null),
      );
    },
  };
}
