import { latestNotes, service } from "../lib/ably.ts";
import { currentUser } from "../lib/session.ts";
import { SignIn } from "./sign_in.tsx";
import { Wall } from "./wall.tsx";

/** The server renders the latest notes, and the page adds those that follow. */
export default async function Page() {
  const user = await currentUser();
  if (user === undefined) return <SignIn />;
  return <Wall user={user} service={service()} latest={await latestNotes()} />;
}
