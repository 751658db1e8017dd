/**
 * A Supabase Edge Function, or an app on Deno Deploy, that issues token requests for Ably to users who are signed in with
 * Supabase Auth.
 *
 * It verifies the user's JWT itself: the signature (ES256 or RS256, with the public keys of your project), the issuer, the
 * audience and the expiry. The user must not be anonymous, and the user's id must be safe in a channel name. So the function
 * does not rely on a check by the platform. Each user may read only the channel `user:<id>`, for at most an hour.
 *
 * Set `ABLY_API_KEY`, on Deno Deploy also `SUPABASE_URL`, and `APP_ORIGIN` for pages that use it. See the README.
 */
import { createHandler, readConfig } from "./handler.ts";

Deno.serve(createHandler(readConfig(Deno.env)));
