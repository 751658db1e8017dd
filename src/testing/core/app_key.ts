import type { Grants } from "../auth/capability_rules.ts";

/** An API key of an app. */
export interface AppKey {
  readonly id: string;
  /** `appId.keyId`. */
  readonly name: string;
  readonly secret: string;
  readonly grants: Grants;
  /** Whether tokens of this key can be revoked. */
  readonly revocableTokens: boolean;
  readonly privileged: boolean;
  /** When the key was made, in milliseconds since the Unix epoch. */
  readonly created: number;
}

/** The whole key, in the form for clients. */
export function keyText(key: AppKey): string {
  return `${key.name}:${key.secret}`;
}
