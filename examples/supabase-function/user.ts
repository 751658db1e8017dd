import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from "jose";

/** A user whose JWT was verified. */
export interface User {
  /** Safe as a clientId and in a channel name: only letters, digits, `_` and `-`. */
  id: string;
  /** The expiry of the JWT, in milliseconds since 1970. */
  expires: number;
}

/** The issuer whose users are accepted. */
export interface UserSource {
  /** The issuer that a JWT must name, such as `https://<project>.supabase.co/auth/v1`. */
  issuer: string;
  /** The URL of the issuer's public keys. Default: the URL that Supabase uses. */
  jwks?: string;
  /** Fetches the keys. Default: the runtime's `fetch`; tests pass another. */
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

// Only public keys. With HS256 in this list, anyone who knows the public key could sign; `none` needs no key at all.
const ALGORITHMS = ["ES256", "RS256"];
const AUDIENCE = "authenticated";

// An id with `*` would give access to the channels of others, one with `:` to another namespace.
const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Errors of jose about the JWT. Its other errors are about the keys, and not the user's fault. */
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
 * Makes a function that finds the user of a request by the JWT in its `Authorization` header.
 *
 * @returns A function to the user, or to `undefined` if the request must be refused. It rejects if the keys of the issuer
 * are not available.
 */
export function userReader(
  { issuer, jwks = `${issuer}/.well-known/jwks.json`, fetch }: UserSource,
): (request: Request) => Promise<User | undefined> {
  const publicKeys = createRemoteJWKSet(new URL(jwks), fetch && { [customFetch]: fetch });
  // The JWT must name its key; it is not tried with all keys.
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
      // Anyone can become an anonymous user, if the project permits them.
      if (role !== "authenticated" || is_anonymous === true) return undefined;
      // The types of jose state the types that claims should have; the issuer may use others.
      if (typeof sub !== "string" || !SAFE_ID.test(sub)) return undefined;
      return { id: sub, expires: exp * 1000 };
    } catch (error) {
      if (REFUSALS.some((refusal) => error instanceof refusal)) return undefined;
      throw error;
    }
  };
}
