/** The version of this module. */
export const LIBRARY_VERSION = "0.1.0";

/** The version of Ably's protocol that this module speaks (CSV2). */
export const PROTOCOL_VERSION = 6;
