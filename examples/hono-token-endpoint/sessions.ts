/** The session of a signed-in user. */
export interface Session {
  user: string;
  /** The end of the session, in milliseconds since 1970. */
  expires: number;
}

const LIFETIME = 12 * 60 * 60 * 1000;
const MAX_SESSIONS = 10_000;

/** The sessions. Keep yours in a database or in signed cookies: the memory of a Worker does not last. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;

  /** @param now Returns the time, in milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Starts a session and returns its id. If there are too many, the oldest ends. */
  begin(user: string): string {
    const id = crypto.randomUUID();
    this.#sessions.set(id, { user, expires: this.#now() + LIFETIME });
    if (this.#sessions.size > MAX_SESSIONS) this.end([...this.#sessions.keys()][0]!);
    return id;
  }

  /** The session with this id, unless it has ended. */
  find(id: string | undefined): Session | undefined {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    return session !== undefined && session.expires > this.#now() ? session : undefined;
  }

  /** Ends a session. */
  end(id: string | undefined): void {
    if (id !== undefined) this.#sessions.delete(id);
  }
}

/** The fields of the sign-in form. */
export interface Form {
  user?: unknown;
  password?: unknown;
}

/**
 * Checks the name and the password of a user. Use a database with hashed passwords instead, and limit the attempts.
 *
 * @param form The form as it was sent, unchecked.
 * @param password The password of the only user.
 */
export async function signIn(form: Form | null, password: string): Promise<string | undefined> {
  if (form?.user !== "jim" || typeof form.password !== "string") return undefined;
  return await isSame(form.password, password) ? "jim" : undefined;
}

/** Compares hashes made with a random key, so that the time does not reveal how much of the password is right. */
async function isSame(given: string, wanted: string): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const random = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey("raw", random, algorithm, false, ["sign", "verify"]);
  const encoder = new TextEncoder();
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(wanted));
  return await crypto.subtle.verify("HMAC", key, mac, encoder.encode(given));
}
