import { assertEquals, test } from "../harness.ts";
import { parseLinks, resolveLink } from "../../src/http/link_header.ts";

test("TG4: reads the links of a page by relation", () => {
  const header = '<./messages?start=0&limit=2>; rel="first", <./messages?start=5,6>; rel="next",' +
    "<./messages>;rel=current";
  assertEquals(parseLinks(header), {
    first: "./messages?start=0&limit=2",
    next: "./messages?start=5,6",
    current: "./messages",
  });
});

test("TG4: tolerates other attributes, several relations and what is no link", () => {
  assertEquals(parseLinks('<a>; title="x, y; rel=no"; REL="next last"'), { next: "a", last: "a" });
  assertEquals(parseLinks("<a>; type=x, nonsense, <b>; rel=next"), { next: "b" });
  assertEquals(parseLinks("<a>; pushed; title*=UTF-8''x; rel=next"), { next: "a" });
  for (const header of [null, "", ",,", "<>", "<a>; rel"]) assertEquals(parseLinks(header), {});
});

test("TG4: a header that is no list of links is read in one pass", () => {
  // In more than one pass this would take minutes.
  for (const part of ["<", "<a>", "; a=b", " ", '"', "a ="]) {
    assertEquals(parseLinks("<a>" + part.repeat(300_000) + "!"), {});
  }
});

test("TG4: a link is relative to the path of its request", () => {
  const path = "/channels/a%2Fb/messages";
  assertEquals(
    resolveLink(path, "./messages?start=1%2C2&x=%C3%A4"),
    `${path}?start=1%2C2&x=%C3%A4`,
  );
  assertEquals(resolveLink(`${path}?limit=1`, "/stats?a=1"), "/stats?a=1");
  assertEquals(
    resolveLink("/channels/a", "https://elsewhere.example/channels/b?c=d"),
    "/channels/b?c=d",
  );
});

test("TG4: the query of a link stays as it is, repeated names included", () => {
  assertEquals(resolveLink("/x", "./x?c=a&c=b"), "/x?c=a&c=b");
});

test("RSC7c: the id of the request that gave a link is not that of the request for its page", () => {
  assertEquals(resolveLink("/x", "./x?limit=1&request_id=old&from=a%2Fb"), "/x?limit=1&from=a%2Fb");
});
