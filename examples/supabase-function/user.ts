import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from "jose";

/** Somebody whose JWT was verified. */
export interface User {
  /** Fit for a clientId and for a part of a channel's name: it has letters, digits, `_` and `-` alone. */
  id: string;
  /** When the JWT expires, in milliseconds since 1970. */
  expires: number;
}

/** The issuer whose users are let in. */
export interface UserSource {
  /** The issuer that a JWT has to name, such as `https://<project>.supabase.co/auth/v1`. */
  issuer: string;
  /** The URL of the issuer's public keys. Defaults to the one that Supabase has. */
  jwks?: string;
  /** Fetches the keys; that of the runtime unless a test has its own. */
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

// Public keys alone. With HS256 in this list, whoever knows the public key could sign; `none` needs no key at all.
const ALGORITHMS = ["ES256", "RS256"];
const AUDIENCE = "authenticated";

// A name with `*` in it would permit the channels of others, one with `:` another namespace.
const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Errors of jose that are about the JWT. The others are about the keys, which is not the visitor's doing. */
const REFUSALS = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

/**
 * Makes what tells who sent a request: whose JWT is in its `Authorization` header.
 *
 * @returns A function to the user, or to `undefined` for anyone who is not to be let in. It rejects if the keys of the
 * issuer can't be had.
 */
export function userReader(
  { issuer, jwks = `${issuer}/.well-known/jwks.json`, fetch }: UserSource,
): (request: Request) => Promise<User | undefined> {
  const publicKeys = createRemoteJWKSet(new URL(jwks), fetch && { [customFetch]: fetch });
  // The key has to be named: a JWT is not to be tried with whatever keys there are.
  const keyOf: JWTVerifyGetKey = (header, token) => {
    if (!header.kid) throw new errors.JWKSNoMatchingKey();
    return publicKeys(header, token);
  };
  return async (request) => {
    const jwt = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i
      .exec(request.headers.get("authorization") ?? "")?.[1];
    if (jwt === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(jwt, keyOf, {
        issuer,
        audience: AUDIENCE,
        algorithms: ALGORITHMS,
        requiredClaims: ["exp", "sub"],
      });
      const { sub, exp = 0, role, is_anonymous } = payload;
      // Anyone can be an anonymous user, if the project has them.
      if (role !== "authenticated" || is_anonymous === true) return undefined;
      // The types of jose say what a claim should be; the issuer decides what it is.
      if (typeof sub !== "string" || !SAFE_ID.test(sub)) return undefined;
      return { id: sub, expires: exp * 1000 };
    } catch (error) {
      if (REFUSALS.some((refusal) => error instanceof refusal)) return undefined;
      throw error;
    }
  };
}
