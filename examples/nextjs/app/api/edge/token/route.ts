import { issueToken } from "../../../../lib/issue_token.ts";

export const runtime = "edge";

/** The same tokens, from the edge. Next.js warns that it will drop this runtime: delete the route unless your host needs it. */
export const GET = issueToken;
