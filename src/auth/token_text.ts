import { badToken, checkTokenSize } from "./provider_failure.ts";

/** Texts that are not tokens: the pattern of their beginning, their name, and the remediation, in this order. */
const LOOKS: readonly [pattern: RegExp, what: string, remediation: string][] = [
  [/^$/, "an empty string", "Find out why there is no token: is the user signed in?"],
  [
    /^\s*[{[]/,
    "JSON text",
    "Give the object itself, or let the authUrl answer with the content type application/json.",
  ],
  [
    /^\s*</,
    "a page in HTML or XML",
    "The server answered with a page, such as one to sign in: check the URL and the session.",
  ],
  [/^\s*["']/, "a text in quotes", "Leave the quotes out: JSON.parse() the text."],
  [/^\s*(?:Bearer|Basic)\s/i, "the value of an Authorization header", "Give the token alone."],
  [
    /^\s*(?:undefined|null|NaN|\[object [^\]]*\])\s*$/,
    "a text that JavaScript makes from another value",
    "Look for a variable that is not set, or for a promise that is not awaited.",
  ],
  [/^\s*\w+:\/\//, "a URL", "Fetch the token from it, or give it as the option authUrl."],
  [
    /^\s*[^\s:]+\.[^\s:]+:\S+\s*$/,
    "an API key",
    "Give a key as the option key, on a server only; a token is made of it by createTokenRequest or signJwt.",
  ],
  [
    /[\s\p{Cc}\p{Cf}]/u,
    "a text with white space, control characters or invisible ones",
    "Trim it: a line break at the end comes from files and from echo.",
  ],
];

/**
 * Checks that a text can be a token, before it is sent. Tokens are opaque (TN1), but some texts cannot be tokens.
 *
 * @param text The text. Errors do not show it, because it may be a secret.
 * @param source The provider, for the error.
 * @throws {ErrorInfo} 40170 if it looks like something else, or is too large (RSA4f).
 */
export function checkTokenText(text: string, source: string): void {
  checkTokenSize(text, source);
  for (const [pattern, what, remediation] of LOOKS) {
    if (pattern.test(text)) throw badToken(source, `${what} instead of a token`, remediation);
  }
}
