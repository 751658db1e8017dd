// @ts-types="./bun_test.d.ts"
import { test } from "bun:test";
import { readFileSync } from "node:fs";
import process from "node:process";
import type { TestHost } from "../harness.ts";

const host: TestHost = {
  runtime: "bun",
  test: (name, fn) => test(name, fn),
  skip: (name) => test.skip(name, () => {}),
  readFixture(name) {
    const folder = process.env.ABLY_FIXTURES;
    return folder ? JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) : undefined;
  },
};

Object.assign(globalThis, { [Symbol.for("ably-edge.test-host")]: host });
