/** Somebody who is signed in. */
export interface Session {
  user: string;
  /** When it ends, in milliseconds since 1970. */
  expires: number;
}

const LIFETIME = 12 * 60 * 60 * 1000;
const MAX_SESSIONS = 10_000;

/** Who is signed in. Yours are in a database, or in signed cookies: a Worker has no memory that lasts. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;

  /** @param now Tells the time. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Begins a session, and returns its id. If there are too many, the oldest ends. */
  begin(user: string): string {
    const id = crypto.randomUUID();
    this.#sessions.set(id, { user, expires: this.#now() + LIFETIME });
    if (this.#sessions.size > MAX_SESSIONS) this.end([...this.#sessions.keys()][0]!);
    return id;
  }

  /** The session with this id, if there is one that has not ended. */
  find(id: string | undefined): Session | undefined {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    return session !== undefined && session.expires > this.#now() ? session : undefined;
  }

  /** Ends a session. */
  end(id: string | undefined): void {
    if (id !== undefined) this.#sessions.delete(id);
  }
}

/** A name with its password. */
export interface Form {
  user?: unknown;
  password?: unknown;
}

/**
 * Checks who somebody is. Yours looks into a database, where passwords are hashed, and counts the tries.
 *
 * @param form What was sent, whatever that is.
 * @param password The password of the one user that there is.
 */
export async function signIn(form: Form | null, password: string): Promise<string | undefined> {
  if (form?.user !== "jim" || typeof form.password !== "string") return undefined;
  return await isSame(form.password, password) ? "jim" : undefined;
}

/** Compares without telling by its time how much is right: the platform compares two hashes with an unknown key. */
async function isSame(given: string, wanted: string): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const random = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey("raw", random, algorithm, false, ["sign", "verify"]);
  const encoder = new TextEncoder();
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(wanted));
  return await crypto.subtle.verify("HMAC", key, mac, encoder.encode(given));
}
