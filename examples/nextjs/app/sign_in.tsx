"use client";

import { useActionState } from "react";
import { signIn } from "./actions.ts";

/** The form for the name and the password. */
export function SignIn() {
  const [error, submit, isPending] = useActionState(signIn, "");
  return (
    <main className="card">
      <h1>Wall</h1>
      <form action={submit}>
        <label>
          Name
          <input name="user" autoComplete="username" maxLength={32} required autoFocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" disabled={isPending}>Sign in</button>
      </form>
      <p role="alert">{error}</p>
    </main>
  );
}
