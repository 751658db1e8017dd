import { Rest } from "../../mod.ts";
import { eventStream, streamMessages } from "../../src/sse/mod.ts";
import { createService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, skip, test } from "../harness.ts";
import { findChromium, startChromium } from "./support/chromium.ts";

const path = findChromium();
const SILENT = { logHandler: () => {} };

/** A local service on a port, and a page of another origin in a browser. */
async function setStage() {
  await using made = new AsyncDisposableStack();
  const service = made.use(createService());
  const served = made.use(await serve(service, { hostname: "127.0.0.1" }));
  const rest = new Rest({ ...served.options(), ...SILENT });
  const stream = (request: Request) => {
    const lastEvent = request.headers.get("last-event-id");
    const messages = streamMessages(rest.channels.get("passed-on"), { lastEvent });
    return eventStream(messages, { retry: 10, data: ({ data }) => data });
  };
  const handle = (request: Request) =>
    request.url.endsWith("/events")
      ? stream(request)
      : new Response("<p>", { headers: { "Content-Type": "text/html" } });
  const server = made.use(
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handle),
  );
  const browser = made.use(await startChromium(path!));
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(`http://127.0.0.1:${server.addr.port}/`);
  const kept = made.move();
  return {
    base: `http://127.0.0.1:${served.port}`,
    service,
    rest,
    page,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const NAMES = {
  plain: "SSE: the examples with EventSource of Ably's documentation read the local service",
  token:
    "SSE: the example with token renewal of Ably's documentation continues after the last event",
  passed: "HTML 9.2: the EventSource of a page reads an eventStream whose source breaks",
};

if (path === undefined) {
  for (const name of Object.values(NAMES)) {
    skip(name, "there is no Chromium; CHROMIUM can say where one is");
  }
} else {
  test(NAMES.plain, async () => {
    await using stage = await setStage();
    const { page, base, service, rest } = stage;
    await rest.channels.get("channel1").publish("old", "rewound");
    await page.evaluate(
      ([base, apiKey]) => {
        const seen: string[] = (globalThis as { seen?: string[] }).seen = [];
        const url = `${base}/event-stream?channels=myChannel&v=1.2&key=` + apiKey;
        const eventSource = new EventSource(url);
        eventSource.onmessage = function (event) {
          const message = JSON.parse(event.data);
          seen.push("Message: " + message.name + " - " + message.data);
        };
        const channels = encodeURIComponent("[?rewind=1]channel1") + ",channel2";
        const querystring = `v=1.2&key=${apiKey}&channels=` + channels;
        const two = new EventSource(`${base}/event-stream?` + querystring);
        two.onmessage = ({ data }) => seen.push(JSON.parse(data).data);
        const opened = (source: EventSource) => new Promise((open) => source.onopen = open);
        return Promise.all([opened(eventSource), opened(two)]).then(() => {});
      },
      [base, service.key] as const,
    );
    const shows = (text: string) =>
      page.waitForFunction(
        (text) => (globalThis as { seen?: string[] }).seen!.includes(text),
        text,
      );
    await shows("rewound");
    await rest.channels.get("myChannel").publish("greeting", "hello");
    await shows("Message: greeting - hello");
    service.faults.drop({ channel: "myChannel" });
    await rest.channels.get("myChannel").publish("greeting", "during the break");
    await shows("Message: greeting - during the break");
  });

  test(NAMES.token, async () => {
    await using stage = await setStage();
    const { page, base, service, rest } = stage;
    const getToken = async () => (await rest.auth.requestToken({ ttl: 60_000 })).token;
    await page.exposeFunction("getNewToken", getToken);
    await page.evaluate((base) => {
      const scope = globalThis as unknown as {
        seen: string[];
        errors: number[];
        getNewToken(): Promise<string>;
      };
      scope.seen = [];
      scope.errors = [];
      let lastEvent: string | undefined;
      let eventSource: EventSource;
      const connectToAbly = async () => {
        const token = await scope.getNewToken();
        const lastEventParam = lastEvent ? ("&lastEvent=" + lastEvent) : "";
        eventSource = new EventSource(
          `${base}/sse?v=1.1&accessToken=${token}&channels=c${lastEventParam}`,
        );
        eventSource.onmessage = (msg) => {
          lastEvent = msg.lastEventId;
          scope.seen.push(JSON.parse(msg.data).data);
        };
        eventSource.onerror = (msg) => {
          const err = JSON.parse((msg as MessageEvent).data);
          scope.errors.push(err.code);
          const isTokenErr = err.code >= 40140 && err.code < 40150;
          if (isTokenErr) {
            eventSource.close();
            connectToAbly();
          }
        };
        await new Promise((open) => eventSource.onopen = open);
      };
      return connectToAbly();
    }, base);
    const shows = (seen: string) =>
      page.waitForFunction(
        (seen) => String((globalThis as { seen?: string[] }).seen) === seen,
        seen,
      );
    await rest.channels.get("c").publish("n", "one");
    await shows("one");
    service.faults.expireTokens();
    await rest.channels.get("c").publish("n", "two");
    await shows("one,two");
    const errors = await page.evaluate(() => (globalThis as { errors?: number[] }).errors);
    assertEquals(errors, [40142]);
  });

  test(NAMES.passed, async () => {
    await using stage = await setStage();
    const { page, service, rest } = stage;
    // The page gets the headers before the stream has asked the service.
    const asked = service.log.next((entry) => entry.type === "request" && entry.path === "/sse");
    await page.evaluate(() => {
      const seen: string[] = (globalThis as { seen?: string[] }).seen = [];
      const source = new EventSource("/events");
      source.onmessage = ({ data }) => seen.push(data);
      return new Promise((open) => source.onopen = open).then(() => {});
    });
    await asked;
    for (let i = 0; i < 5; i++) {
      await rest.channels.get("passed-on").publish("n", `a\n${i}`);
      if (i % 2) service.faults.drop({ channel: "passed-on" });
    }
    await page.waitForFunction(() => (globalThis as { seen?: string[] }).seen!.length >= 5);
    const seen = await page.evaluate(() => (globalThis as { seen?: string[] }).seen);
    assertEquals(seen, [0, 1, 2, 3, 4].map((n) => `a\n${n}`));
  });
}

const CURL = "SSE: the examples with curl of Ably's documentation read the local service";

/** The output of curl, until it has what is wanted. */
async function curl(url: string, key: string, wanted: RegExp): Promise<string> {
  const args = ["--silent", "--no-buffer", "--globoff", url, "--user", key];
  const process = new Deno.Command("curl", { args, stdout: "piped", stderr: "null" }).spawn();
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (wanted.test(text)) break;
  }
  process.kill();
  await process.status;
  return text;
}

async function hasCurl(): Promise<boolean> {
  try {
    return (await new Deno.Command("curl", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

if (!await hasCurl()) skip(CURL, "there is no curl");
else {
  test(CURL, async () => {
    await using service = createService();
    await using served = await serve(service, { hostname: "127.0.0.1" });
    const base = `http://127.0.0.1:${served.port}`;
    const channel = new Rest({ ...served.options(), ...SILENT }).channels.get("example");
    await channel.publish("foo", { foo: 1 });
    const events = await curl(
      `${base}/sse?channel=example&v=1.2&rewind=1`,
      service.key,
      /foo.*\n\n/,
    );
    assert(/^id: .+\nevent: message\ndata: \{.*"name":"foo".*\}\n\n$/m.test(events), events);
    const lines = await curl(
      `${base}/event-stream?channel=example&v=1.2&rewind=1`,
      service.key,
      /foo.*\n/,
    );
    assertEquals(JSON.parse(lines.trim()).data.data, '{"foo":1}');
    const stats = await curl(
      `${base}/sse?channel=[meta]stats:minute&v=1.2`,
      service.key,
      /keepalive\n\n/,
    );
    assertEquals(stats, ":keepalive\n\n");
  });
}
