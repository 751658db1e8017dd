import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.ably.lib.http.HttpCore;
import io.ably.lib.http.HttpUtils;
import io.ably.lib.realtime.AblyRealtime;
import io.ably.lib.realtime.CompletionListener;
import io.ably.lib.realtime.ConnectionState;
import io.ably.lib.rest.AblyRest;
import io.ably.lib.rest.Auth;
import io.ably.lib.types.AblyException;
import io.ably.lib.types.ChannelOptions;
import io.ably.lib.types.ClientOptions;
import io.ably.lib.types.ErrorInfo;
import io.ably.lib.types.Param;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Drives a local service with ably-java, in both formats.
 *
 * <pre>
 * npx ably-edge --port 8080
 * cd tests/interop/java
 * mvn -q compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "target/classes:$(cat target/classpath)" Interop http://localhost:8080
 * </pre>
 *
 * The service must run on Node or Deno: on these each Link is in a field of its own, as the client needs for pages.
 */
public final class Interop {
  private static final Gson GSON = new Gson();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static URI address = URI.create("http://localhost:8080");

  private interface Check {
    void run(Interop sandbox) throws Exception;
  }

  private final String key;
  private final boolean binary;

  private Interop(boolean binary) throws Exception {
    this.binary = binary;
    String setup = "{\"keys\":[{}],\"namespaces\":[{\"id\":\"persisted\",\"persisted\":true}]}";
    JsonObject app = JsonParser.parseString(call("POST", "/apps", null, setup)).getAsJsonObject();
    key = app.getAsJsonArray("keys").get(0).getAsJsonObject().get("keyStr").getAsString();
  }

  /** The client refuses a key over HTTP without TLS, so the default is a token of the key. */
  private ClientOptions options() throws AblyException {
    ClientOptions options = new ClientOptions();
    options.key = key;
    options.useTokenAuth = true;
    options.restHost = address.getHost();
    options.realtimeHost = address.getHost();
    options.port = address.getPort();
    options.tls = false;
    options.useBinaryProtocol = binary;
    options.logLevel = io.ably.lib.util.Log.NONE;
    return options;
  }

  private AblyRest rest() throws AblyException {
    return new AblyRest(options());
  }

  private AblyRest rest(String token) throws AblyException {
    ClientOptions options = options();
    options.key = null;
    options.useTokenAuth = false;
    options.token = token;
    return new AblyRest(options);
  }

  private static void history(Interop sandbox) throws Exception {
    var channel = sandbox.rest().channels.get("persisted:a/b c");
    for (int i = 0; i < 5; i++) channel.publish("n", String.valueOf(i));
    var page = channel.history(new Param[] {new Param("limit", "2"), new Param("direction", "forwards")});
    var first = page;
    List<Object> all = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    for (; page != null; page = page.hasNext() ? page.next() : null) {
      sizes.add(page.items().length);
      for (var message : page.items()) all.add(message.data);
    }
    equal(all, List.of("0", "1", "2", "3", "4"));
    equal(sizes, List.of(2, 2, 1));
    equal(first.first().items().length, 2);
    channel.publish("bytes", new byte[] {0, -1});
    JsonObject object = new JsonObject();
    object.addProperty("a", "b");
    channel.publish("object", object);
    var latest = channel.history(new Param[] {new Param("limit", "2")}).items();
    equal(latest[0].data, object);
    equal(Arrays.toString((byte[]) latest[1].data), "[0, -1]");
  }

  private static void presence(Interop sandbox) throws Exception {
    ClientOptions options = sandbox.options();
    options.clientId = "jim";
    try (var client = new AblyRealtime(options)) {
      var channel = client.channels.get("persisted:presence");
      settled(done -> channel.presence.enter("here", done));
      var members = channel.presence.get(true);
      equal(members.length + members[0].clientId + members[0].data, "1jimhere");
      var stored = sandbox.rest().channels.get("persisted:presence").presence;
      equal(stored.get(null).items().length, 1);
      settled(done -> channel.presence.leave("gone", done));
      equal(stored.history(null).items().length, 2);
    }
  }

  private static void tokens(Interop sandbox) throws Exception {
    var admin = sandbox.rest();
    var params = new Auth.TokenParams();
    params.ttl = 60_000;
    params.capability = "{\"allowed\":[\"publish\"]}";
    params.clientId = "jim";
    var details = admin.auth.requestToken(params, null);
    equal(details.clientId + (details.expires - details.issued), "jim60000");
    var limited = sandbox.rest(details.token);
    limited.channels.get("allowed").publish("n", "x");
    equal(codeOf(() -> limited.channels.get("other").publish("n", "x")), 40160);
    var request = admin.auth.createTokenRequest(params, null);
    ClientOptions options = sandbox.options();
    options.key = null;
    options.authCallback = ignored -> request;
    new AblyRest(options).channels.get("allowed").publish("n", "x");
  }

  private static void jwts(Interop sandbox) throws Exception {
    var signed = sandbox.rest(sandbox.jwt(sandbox.key));
    signed.channels.get("c").publish("n", "x");
    equal(codeOf(() -> signed.channels.get("d").publish("n", "x")), 40160);
    ClientOptions options = sandbox.options();
    AtomicInteger calls = new AtomicInteger();
    options.key = null;
    options.disconnectedRetryTimeout = 100;
    options.authCallback = ignored -> {
      try {
        return sandbox.jwt(calls.incrementAndGet() == 1 ? sandbox.key + "wrong" : sandbox.key);
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
    };
    try (var client = new AblyRealtime(options)) {
      // The refusal of the first one is of those that a client renews a token for.
      settled(done -> client.channels.get("c").publish("n", "x", done));
    }
    equal(calls.get(), 2);
  }

  private static void resume(Interop sandbox) throws Exception {
    try (var client = new AblyRealtime(sandbox.options())) {
      var channel = client.channels.get("c");
      BlockingQueue<Object> received = new LinkedBlockingQueue<>();
      settled(channel::attach);
      channel.subscribe(message -> received.add(message.data));
      settled(done -> channel.publish("n", "before", done));
      equal(received.poll(10, TimeUnit.SECONDS), "before");
      String id = client.connection.id;
      CompletableFuture<Void> connected = new CompletableFuture<>();
      client.connection.on(ConnectionState.connected, change -> connected.complete(null));
      call("POST", "/_service/faults", sandbox.key, "{\"drop\":{\"connectionId\":\"" + id + "\"}}");
      sandbox.rest().channels.get("c").publish("n", "meanwhile");
      connected.get(20, TimeUnit.SECONDS);
      equal(received.poll(10, TimeUnit.SECONDS), "meanwhile");
      equal(client.connection.id, id);
    }
  }

  private static void rewind(Interop sandbox) throws Exception {
    var rest = sandbox.rest().channels.get("c");
    for (String data : List.of("1", "2", "3")) rest.publish("n", data);
    try (var client = new AblyRealtime(sandbox.options())) {
      ChannelOptions options = new ChannelOptions();
      options.params = Map.of("rewind", "2");
      BlockingQueue<Object> received = new LinkedBlockingQueue<>();
      client.channels.get("c", options).subscribe(message -> received.add(message.data));
      equal(received.poll(10, TimeUnit.SECONDS), "2");
      equal(received.poll(10, TimeUnit.SECONDS), "3");
    }
  }

  private static void statistics(Interop sandbox) throws Exception {
    call("POST", "/stats", sandbox.key, "[{\"intervalId\":\"2025-02-03:15:03\","
        + "\"inbound\":{\"realtime\":{\"messages\":{\"count\":50,\"data\":5000}}},"
        + "\"connections\":{\"tls\":{\"peak\":20,\"opened\":10}},"
        + "\"tokenRequests\":{\"succeeded\":60,\"failed\":20}}]");
    var range = new Param[] {new Param("start", "2025-02-03:15:03"), new Param("end", "2025-02-03:15:03")};
    var minute = sandbox.rest().stats(range).items()[0];
    equal((int) minute.inbound.realtime.messages.count, 50);
    equal((int) minute.connections.tls.peak, 20);
    equal((int) minute.tokenRequests.failed, 20);
  }

  private static void push(Interop sandbox) throws Exception {
    var rest = sandbox.rest();
    String device = "{\"id\":\"d1\",\"clientId\":\"jim\",\"platform\":\"ios\",\"formFactor\":\"phone\","
        + "\"push\":{\"recipient\":{\"transportType\":\"apns\",\"deviceToken\":\"x\"}}}";
    HttpCore.RequestBody body = new HttpUtils.JsonRequestBody(device);
    equal(rest.request("PUT", "/push/deviceRegistrations/d1", null, body, null).statusCode, 200);
    var registrations = rest.push.admin.deviceRegistrations;
    equal(registrations.get("d1").platform, "ios");
    equal(registrations.list(new Param[] {new Param("clientId", "jim")}).items().length, 1);
    JsonObject payload = JsonParser.parseString("{\"data\":{\"a\":\"b\"}}").getAsJsonObject();
    rest.push.admin.publish(new Param[] {new Param("clientId", "jim")}, payload);
    registrations.remove("d1");
    equal(codeOf(() -> registrations.get("d1")), 40400);
  }

  /** Signs a JWT with HS256, as a server does. */
  private String jwt(String signer) throws Exception {
    String[] parts = signer.split(":");
    long now = System.currentTimeMillis() / 1000;
    String text = part(Map.of("alg", "HS256", "typ", "JWT", "kid", parts[0])) + "."
        + part(Map.of("iat", now, "exp", now + 60, "x-ably-capability", "{\"c\":[\"*\"]}"));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(parts[1].getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return text + "." + base64(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String part(Map<String, ?> value) {
    return base64(GSON.toJson(value).getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Makes a request of its own, without the client. With HTTP/1.1, because Deno refuses a request that proposes HTTP/2. */
  private static String call(String method, String path, String key, String body) throws Exception {
    var request = HttpRequest.newBuilder(address.resolve(path))
        .method(method, HttpRequest.BodyPublishers.ofString(body)).header("Content-Type", "application/json");
    if (key != null) {
      byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(bytes));
    }
    var response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) throw new AssertionError(path + " answered " + response.body());
    return response.body();
  }

  private interface Action {
    void run() throws AblyException;
  }

  private interface Call {
    void run(CompletionListener done) throws AblyException;
  }

  private static void settled(Call call) throws Exception {
    CompletableFuture<Void> result = new CompletableFuture<>();
    call.run(new CompletionListener() {
      @Override
      public void onSuccess() {
        result.complete(null);
      }

      @Override
      public void onError(ErrorInfo reason) {
        result.completeExceptionally(AblyException.fromErrorInfo(reason));
      }
    });
    result.get(10, TimeUnit.SECONDS);
  }

  private static int codeOf(Action action) {
    try {
      action.run();
      return 0;
    } catch (AblyException error) {
      return error.errorInfo.code;
    }
  }

  private static void equal(Object actual, Object expected) {
    if (!Objects.equals(actual, expected)) throw new AssertionError("got " + actual + ", expected " + expected);
  }

  public static void main(String[] args) {
    if (args.length > 0) address = URI.create(args[0]);
    Map<String, Check> checks = new java.util.LinkedHashMap<>();
    checks.put("history", Interop::history);
    checks.put("presence", Interop::presence);
    checks.put("tokens", Interop::tokens);
    checks.put("jwts", Interop::jwts);
    checks.put("resume", Interop::resume);
    checks.put("rewind", Interop::rewind);
    checks.put("statistics", Interop::statistics);
    checks.put("push", Interop::push);
    int failed = 0;
    for (boolean binary : new boolean[] {false, true}) {
      for (var check : checks.entrySet()) {
        try {
          check.getValue().run(new Interop(binary));
          System.out.println("ok " + check.getKey() + " (binary: " + binary + ")");
        } catch (Throwable fault) {
          failed++;
          System.out.println("not ok " + check.getKey() + " (binary: " + binary + "): " + fault);
        }
      }
    }
    System.exit(failed == 0 ? 0 : 1);
  }
}
