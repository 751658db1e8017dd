import { issueToken } from "../../../lib/issue_token.ts";

/** Tokens, from Node. */
export const GET = issueToken;
