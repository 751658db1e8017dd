import { useActionState } from "react";
import type { SignedIn } from "../server/app.ts";

/** The form for the name and the password. */
export function SignIn({ onSignedIn }: { onSignedIn: (session: SignedIn) => void }) {
  const [error, submit, isPending] = useActionState(signIn, "");

  async function signIn(_: string, form: FormData): Promise<string> {
    const response = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(Object.fromEntries(form)),
    });
    const answer = await response.json();
    if (!response.ok) return answer.error;
    onSignedIn(answer);
    return "";
  }

  return (
    <main className="card">
      <h1>Lobby</h1>
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
