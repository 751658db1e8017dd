/** Who is signed in. Yours are in a database, or in signed cookies: a Worker has no memory that lasts. */
export class Sessions {
  readonly #users = new Map<string, string>();

  /** Begins a session, and returns its id. */
  begin(user: string): string {
    const id = crypto.randomUUID();
    this.#users.set(id, user);
    return id;
  }

  /** Who is signed in with this id, if anyone. */
  userOf(id: string | undefined): string | undefined {
    return id === undefined ? undefined : this.#users.get(id);
  }
}

/** Checks a password. Yours is not in the source. */
export function signIn(form: { user?: unknown; password?: unknown } | null): string | undefined {
  return form?.user === "jim" && form.password === "open sesame" ? "jim" : undefined;
}
