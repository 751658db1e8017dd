import { assert, test } from "../harness.ts";
import { fuzzFrames, fuzzRequests } from "./fuzz.ts";

test("hostile input: frames that make no sense are refused, and others are served on", async () => {
  const codes = await fuzzFrames(4000, 1);
  assert(codes.size > 5);
});

test("hostile input: requests that make no sense are refused", async () => {
  const statuses = await fuzzRequests(1500, 2);
  assert(statuses.get(400)! > 50);
});
