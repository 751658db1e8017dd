/**
 * A Supabase Edge Function, or an app on Deno Deploy, that issues token requests for Ably to users who are signed in with
 * Supabase Auth.
 *
 * It verifies the user's JWT by itself: signature (ES256 or RS256, with the public keys of your project), issuer, audience,
 * expiry, and that it is for a user, not anonymous, whose id is fit for a channel's name. So it does not rely on what stands
 * before it. Each user may read the channel `user:<id>` and no other, for an hour at most.
 *
 * Set `ABLY_API_KEY`, on Deno Deploy also `SUPABASE_URL`, and `APP_ORIGIN` for pages that use it. The README says more.
 */
import { createHandler, readConfig } from "./handler.ts";

Deno.serve(createHandler(readConfig(Deno.env)));
