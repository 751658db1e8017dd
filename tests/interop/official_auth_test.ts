import { answerEcho } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FORMATS, LEAKY, refusalOf, type Sandbox, stateOf, withSandbox } from "./sandbox.ts";

/** A JWT of the app's first key, signed by the echo server. */
async function signedJwt({ keys }: Sandbox, params: Record<string, string>): Promise<string> {
  const [keyName = "", keySecret = ""] = keys[0]!.split(":");
  const query = new URLSearchParams({ keyName, keySecret, ...params });
  return await (await answerEcho(new Request(`http://localhost/createJWT?${query}`))).text();
}

for (const format of FORMATS) {
  const official = (name: string, run: Parameters<typeof withSandbox>[1]): void =>
    test(`official client, contract ${name} (${format})`, () => withSandbox(format, run), LEAKY);

  official("4.2: credentials that are not accepted", async (sandbox) => {
    const [keyName] = sandbox.keys[0]!.split(":");
    const wrong: [object, [number, number]][] = [
      [{ key: "invalid.key:secret" }, [40101, 401]],
      [{ key: `${sandbox.appId}.nobody:secret` }, [40400, 401]],
      [{ key: `${keyName}:wrong` }, [40101, 401]],
      [{ token: "Sdnurv_unknown" }, [40101, 401]],
      // The service refuses this one with 40144, so the client tries to renew it and has no means.
      [{ token: await signedJwt(sandbox, { keySecret: "wrong" }) }, [40171, 403]],
      [{ token: await signedJwt(sandbox, { keyName: "invalid.invalid" }) }, [40400, 404]],
    ];
    for (const [options, expected] of wrong) {
      const history = sandbox.rest(options).channels.get("c").history();
      assertEquals([options, await refusalOf(history)], [options, expected]);
      const reason = await stateOf(sandbox.realtime(options), "failed");
      assertEquals(reason!.code, expected[1] === 401 ? 40101 : expected[0]);
    }
  });

  official("4.3: a token permits what was asked for and the key permits", async (sandbox) => {
    const rest = sandbox.rest({ keyIndex: 2 });
    const granted = async (capability: Record<string, string[]>) =>
      JSON.parse((await rest.auth.requestToken({ capability } as object)).capability);
    assertEquals(await granted({ channel2: ["presence", "subscribe"], x: ["publish"] }), {
      channel2: ["subscribe"],
    });
    assertEquals(await granted({ channel2: ["*"] }), { channel2: ["publish", "subscribe"] });
    assertEquals(await granted({ channel6: ["publish"] }), { channel6: ["publish"] });
    assertEquals(await refusalOf(granted({ x: ["publish"] })), [40160, 401]);
    for (const operations of [["publish_"], ["*", "publish"], []]) {
      assertEquals(await refusalOf(granted({ channel6: operations })), [40000, 400]);
    }
  });

  official("4.4: token requests are checked, and serve once", async (sandbox) => {
    const { auth } = sandbox.rest();
    const before = await sandbox.rest().time();
    const details = await auth.requestToken({ clientId: "jim", ttl: 100 });
    assert(details.issued > before);
    assertEquals([details.clientId, details.expires - details.issued], ["jim", 100]);
    const ttl = (ttl: unknown) => refusalOf(auth.requestToken({ ttl } as object));
    assertEquals(await ttl(-1), [40003, 400]);
    assertEquals(await ttl(365 * 86_400_000), [40003, 400]);
    const late = auth.requestToken({ timestamp: Date.now() - 30 * 60_000 });
    assertEquals(await refusalOf(late), [40104, 401]);
    const signed = await auth.createTokenRequest();
    const exchange = () =>
      sandbox.rest({ authCallback: (_, done) => done(null, signed) }).auth.requestToken();
    await exchange();
    assertEquals((await refusalOf(exchange()))[1], 401);
  });

  official("4.5: JWTs, plain, encrypted, and wrapping a token", async (sandbox) => {
    const { token: innerToken } = await sandbox.rest().auth.requestToken({ clientId: "jim" });
    const params: Record<string, string>[] = [
      { clientId: "jim" },
      { clientId: "jim", encrypted: "1" },
      { innerToken },
      { innerToken, encrypted: "1" },
    ];
    for (const each of params) {
      const client = sandbox.realtime({ token: await signedJwt(sandbox, each) });
      await client.connection.whenState("connected");
      assertEquals(client.auth.clientId, "jim");
    }
  });

  official("4.6: a token of seconds ends with DISCONNECTED, and is renewed", async (sandbox) => {
    let asked = 0;
    const client = sandbox.realtime({
      authCallback: async (_, done) => {
        asked++;
        done(null, await signedJwt(sandbox, { expiresIn: asked === 1 ? "2" : "600" }));
      },
    });
    const { reason } = await client.connection.once("disconnected");
    assertEquals(reason!.code, 40142);
    await client.connection.whenState("connected");
    assertEquals(asked, 2);
  });

  official("4.7: revocation by client, and a margin", async (sandbox) => {
    const rest = sandbox.rest({ keyIndex: 4 });
    const { token } = await rest.auth.requestToken({ clientId: "jim" });
    const client = sandbox.realtime({ token });
    await client.connection.whenState("connected");
    const lost = client.connection.once("disconnected");
    const { successCount, results } = await rest.auth.revokeTokens([
      { type: "clientId", value: "jim" },
      { type: "nonsense", value: "x" },
    ]);
    assertEquals(successCount, 1);
    assertEquals("error" in results[1]! && results[1].error!.code, 40000);
    assertEquals((await lost).reason!.code, 40141);
    const now = Date.now();
    const later = await rest.auth.revokeTokens([{ type: "clientId", value: "x" }], {
      allowReauthMargin: true,
      issuedBefore: now - 1000,
    });
    const [result] = later.results as { issuedBefore: number; appliesAt: number }[];
    assertEquals(result!.issuedBefore, now - 1000);
    assert(result!.appliesAt > now + 30_000);
    const other = sandbox.rest().auth.revokeTokens([{ type: "clientId", value: "x" }]);
    assertEquals(await refusalOf(other), [40163, 401]);
  });

  official("4.8: who may speak for whom", async (sandbox) => {
    const { auth } = sandbox.rest();
    const anyone = sandbox.rest({ tokenDetails: await auth.requestToken({ clientId: "*" }) });
    const channel = anyone.channels.get("persisted:c");
    await channel.publish({ name: "named", clientId: "joe" });
    await channel.publish("unnamed", "x");
    const { items } = await channel.history({ direction: "forwards" });
    assertEquals(items.map(({ clientId }) => clientId ?? null), ["joe", null]);
    const nobody = sandbox.rest({ tokenDetails: await auth.requestToken() });
    const refused = nobody.channels.get("c").publish({ clientId: "joe" });
    assertEquals(await refusalOf(refused), [40012, 400]);
    const identified = sandbox.rest({ clientId: "me" }).channels.get("persisted:d");
    await identified.publish("n", "x");
    assertEquals((await identified.history()).items[0]!.clientId, "me");
  });

  official("7.6: AUTH widens, narrows and takes what a channel may do", async (sandbox) => {
    const { auth } = sandbox.rest();
    const client = sandbox.realtime({
      authCallback: (params, done) =>
        auth.requestToken(params).then((token) => done(null, token), (error) => done(error, null)),
      defaultTokenParams: { capability: { c: ["subscribe"] } },
    });
    const channel = client.channels.get("c");
    await channel.attach();
    assertEquals((await refusalOf(channel.publish("n", "x")))[0], 40160);
    await client.auth.authorize({ capability: { c: ["subscribe", "publish"] } });
    await channel.publish("n", "x");
    const failed = channel.whenState("failed");
    await client.auth.authorize({ capability: { other: ["subscribe"] } });
    await failed;
    assertEquals(channel.errorReason!.code, 40160);
    await Promise.all([1, 2, 3, 4].map(() => client.auth.authorize()));
    assertEquals(client.connection.state, "connected");
  });

  official("15: authUrl is the echo server, with GET and POST", async (sandbox) => {
    const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
    await using echo = Deno.serve(options, answerEcho);
    const url = `http://127.0.0.1:${echo.addr.port}`;
    const [keyName = "", keySecret = ""] = sandbox.keys[0]!.split(":");
    const jwt = sandbox.realtime({
      authUrl: `${url}/createJWT`,
      authParams: { keyName, keySecret, clientId: "jim" },
    });
    await jwt.connection.whenState("connected");
    assertEquals(jwt.auth.clientId, "jim");
    const details = await sandbox.rest().auth.requestToken({ clientId: "joe" });
    const { token, issued, expires, capability } = details;
    const posted = sandbox.realtime({
      authUrl: `${url}/?type=json`,
      authMethod: "POST",
      authParams: { token, issued: `${issued}`, expires: `${expires}`, capability },
    });
    await posted.connection.whenState("connected");
    const denied = sandbox.realtime({ authUrl: `${url}/respondwith?status=403` });
    assertEquals((await stateOf(denied, "failed"))!.statusCode, 403);
  });
}
