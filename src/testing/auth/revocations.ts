import type { Grant } from "./grant.ts";

/** The properties by which tokens can be revoked. */
export type RevocationType = "clientId" | "revocationKey" | "channel";

/** A rule that makes tokens invalid. */
export interface Revocation {
  readonly keyName: string;
  readonly type: RevocationType;
  readonly value: string;
  /** Only tokens issued before this time are revoked; in milliseconds since the Unix epoch. */
  readonly issuedBefore: number;
  /** When it takes effect, in milliseconds since the Unix epoch. */
  readonly appliesAt: number;
}

/** The revocations of an app. */
export class Revocations {
  readonly #rules: Revocation[] = [];

  add(rule: Revocation): void {
    this.#rules.push(rule);
  }

  isRevoked(grant: Grant, now: number): boolean {
    return this.#rules.some((rule) => rule.appliesAt <= now && isTarget(rule, grant));
  }
}

/** Whether a rule matches a token with this grant. */
export function isTarget(rule: Revocation, grant: Grant): boolean {
  if (grant.method !== "token" || grant.key.name !== rule.keyName) return false;
  if ((grant.issued ?? 0) >= rule.issuedBefore) return false;
  switch (rule.type) {
    case "clientId":
      // Compare with the clientId in the token, not with the one that its bearer uses.
      return (grant.wildcard ? "*" : grant.clientId) === rule.value;
    case "revocationKey":
      return grant.revocationKey === rule.value;
    case "channel":
      return Object.hasOwn(grant.grants, rule.value);
  }
}
