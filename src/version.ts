/** The version of this module. */
export const LIBRARY_VERSION = "0.1.0";

/**
 * The page of the errors that this module raises, for their `href`. Undefined until the repository has an address: `href` is then
 * Ably's page for the code.
 */
export const ERRORS_PAGE: string | undefined = undefined;

/** The version of Ably's protocol that this module speaks (CSV2). */
export const PROTOCOL_VERSION = 6;
