import type { AppKey } from "../core/app_key.ts";
import type { Claims } from "../core/user_claims.ts";
import type { Grants } from "./capability_rules.ts";

/** The rights that credentials give, and the clientId they belong to. */
export interface Grant {
  readonly key: AppKey;
  /** The kind of credentials: the key itself, a token of it, or a device's identity token. */
  readonly method: "key" | "token" | "device";
  /** The clientId in the credentials; if that is a wildcard, the one in the request. */
  readonly clientId?: string;
  /** Whether they permit any clientId: a key, or a token for `*`. */
  readonly wildcard: boolean;
  readonly grants: Grants;
  readonly token?: string;
  /** When the token was issued, in milliseconds since the Unix epoch. */
  readonly issued?: number;
  /** When the token expires, in milliseconds since the Unix epoch. */
  readonly expires?: number;
  /** The claim by which the token can be revoked. */
  readonly revocationKey?: string;
  /** The claims about the user, from a JWT. */
  readonly claims?: Claims;
  /** The device that an identity token was issued to. */
  readonly deviceId?: string;
}
