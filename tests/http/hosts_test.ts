import { assertEquals, assertThrows, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { isLoopback, resolveHosts } from "../../src/http/hosts.ts";

const letters = ["a", "b", "c", "d", "e"];

test("REC1a, REC2c1: without an endpoint the hosts are those of main", () => {
  assertEquals(resolveHosts({}), {
    primary: "main.realtime.ably.net",
    fallbacks: letters.map((letter) => `main.${letter}.fallback.ably-realtime.com`),
  });
});

test("REC1b2, REC2c2: a host name is taken as it is and has no fallbacks", () => {
  for (const endpoint of ["foo.example.com", "localhost", "127.0.0.1"]) {
    assertEquals(resolveHosts({ endpoint }), { primary: endpoint, fallbacks: [] });
  }
});

test("REC1b2: an IPv6 address is put in brackets", () => {
  for (const endpoint of ["::1", "[::1]"]) {
    assertEquals(resolveHosts({ endpoint }), { primary: "[::1]", fallbacks: [] });
  }
  assertEquals(resolveHosts({ endpoint: "2001:db8::7" }).primary, "[2001:db8::7]");
  assertEquals(resolveHosts({ endpoint: "1:2:3:4:5:6:7:8" }).primary, "[1:2:3:4:5:6:7:8]");
  assertEquals(new URL("https://[2001:db8::7]:8443/x").port, "8443");
});

test("REC1b3, REC2c3: a non-production policy has hosts of its own", () => {
  assertEquals(resolveHosts({ endpoint: "nonprod:sandbox" }), {
    primary: "sandbox.realtime.ably-nonprod.net",
    fallbacks: letters.map((letter) => `sandbox.${letter}.fallback.ably-realtime-nonprod.com`),
  });
});

test("REC1b4, REC2c4: a production policy has hosts of its own", () => {
  assertEquals(resolveHosts({ endpoint: "acme-1" }), {
    primary: "acme-1.realtime.ably.net",
    fallbacks: letters.map((letter) => `acme-1.${letter}.fallback.ably-realtime.com`),
  });
});

test("REC2a2: fallbackHosts replace those of the endpoint, and an empty list disables them", () => {
  assertEquals(resolveHosts({ fallbackHosts: ["x.example.com", "::1"] }).fallbacks, [
    "x.example.com",
    "[::1]",
  ]);
  assertEquals(resolveHosts({ endpoint: "acme", fallbackHosts: [] }).fallbacks, []);
  assertEquals(resolveHosts({ endpoint: "h.example.com", fallbackHosts: ["f"] }).fallbacks, ["f"]);
});

test("REC1b: what is no host is refused, and the error says where the port goes", () => {
  const bad = [
    "https://foo.example.com",
    "foo.example.com/path",
    "foo.example.com:8080",
    "localhost:8080",
    "",
    "nonprod:",
    "a b",
    "user@example.com",
  ];
  for (const endpoint of bad) {
    const error = assertThrows(() => resolveHosts({ endpoint }), ErrorInfo, "endpoint");
    assertEquals([error.code, error.statusCode], [40000, 400]);
    assertEquals(error.remediation.includes("tlsPort"), true);
  }
});

test("RSC18: only this machine is loopback", () => {
  for (const host of ["localhost", "127.0.0.1", "127.255.0.3", "[::1]"]) {
    assertEquals(isLoopback(host), true);
  }
  for (const host of ["127.0.0.1.example.com", "localhost.example.com", "[::2]", "10.0.0.1", "x"]) {
    assertEquals(isLoopback(host), false);
  }
});
