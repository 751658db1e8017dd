// Drives a local service with ably-go, in both formats.
//
//	npx ably-edge --port 8080 --namespace persisted:persisted
//	cd tests/interop/go && go run . http://localhost:8080
//
// The service must run on Node or Deno: on these each Link is in a field of its own, as the client needs for pages.
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ably/ably-go/ably"
)

var address = &url.URL{Scheme: "http", Host: "localhost:8080"}
var ctx, cancel = context.WithTimeout(context.Background(), time.Minute)

// A sandbox is an app of its own, and clients of one format.
type sandbox struct {
	key    string
	binary bool
}

func newSandbox(binary bool) sandbox {
	var app struct{ Keys []struct{ KeyStr string } }
	call("POST", "/apps", "", map[string]any{
		"keys":       []any{map[string]any{}},
		"namespaces": []any{map[string]any{"id": "persisted", "persisted": true}},
	}, &app)
	return sandbox{app.Keys[0].KeyStr, binary}
}

func (s sandbox) options(more ...ably.ClientOption) []ably.ClientOption {
	port, _ := strconv.Atoi(address.Port())
	return append([]ably.ClientOption{
		ably.WithEndpoint(address.Hostname()),
		ably.WithPort(port),
		ably.WithTLS(false),
		ably.WithUseBinaryProtocol(s.binary),
		ably.WithLogLevel(ably.LogNone),
	}, more...)
}

// The client refuses a key over HTTP without TLS, so that REST uses a token of the key.
func (s sandbox) rest(more ...ably.ClientOption) *ably.REST {
	if len(more) == 0 {
		more = []ably.ClientOption{ably.WithKey(s.key), ably.WithUseTokenAuth(true)}
	}
	return must(ably.NewREST(s.options(more...)...))
}

func (s sandbox) realtime(more ...ably.ClientOption) *ably.Realtime {
	if len(more) == 0 {
		more = []ably.ClientOption{ably.WithKey(s.key), ably.WithUseTokenAuth(true)}
	}
	return must(ably.NewRealtime(s.options(more...)...))
}

func history(s sandbox) {
	channel := s.rest().Channels.Get("persisted:a b")
	for i := range 5 {
		check(channel.Publish(ctx, "n", fmt.Sprint(i)))
	}
	pages := must(channel.History(ably.HistoryWithLimit(2), ably.HistoryWithDirection(ably.Forwards)).Pages(ctx))
	var all []string
	sizes := []int{}
	for pages.Next(ctx) {
		sizes = append(sizes, len(pages.Items()))
		for _, message := range pages.Items() {
			all = append(all, message.Data.(string))
		}
	}
	check(pages.Err())
	equal(all, []string{"0", "1", "2", "3", "4"})
	equal(sizes, []int{2, 2, 1})
	check(pages.First(ctx))
	equal(pages.Next(ctx), true)
	equal(len(pages.Items()), 2)
	check(channel.Publish(ctx, "object", map[string]any{"a": "b"}))
	check(channel.Publish(ctx, "bytes", []byte{0, 255}))
	// The client decodes payloads only here, and not in pages.
	latest := must(channel.History(ably.HistoryWithLimit(2)).Items(ctx))
	equal(latest.Next(ctx), true)
	equal(latest.Item().Data, any([]byte{0, 255}))
	equal(latest.Next(ctx), true)
	equal(latest.Item().Data, any(map[string]any{"a": "b"}))
}

func presence(s sandbox) {
	client := s.realtime(ably.WithKey(s.key), ably.WithUseTokenAuth(true), ably.WithClientID("jim"))
	defer client.Close()
	channel := client.Channels.Get("persisted:presence")
	check(channel.Presence.Enter(ctx, "here"))
	members := must(channel.Presence.Get(ctx))
	equal(len(members), 1)
	equal([]any{members[0].ClientID, members[0].Data}, []any{"jim", "here"})
	stored := must(s.rest().Channels.Get("persisted:presence").Presence.Get().Pages(ctx))
	equal(stored.Next(ctx), true)
	equal(len(stored.Items()), 1)
	check(channel.Presence.Leave(ctx, "gone"))
	past := must(s.rest().Channels.Get("persisted:presence").Presence.History().Pages(ctx))
	equal(past.Next(ctx), true)
	equal(len(past.Items()), 2)
}

func tokens(s sandbox) {
	admin := s.rest()
	params := &ably.TokenParams{TTL: 60_000, Capability: `{"allowed":["publish"]}`, ClientID: "jim"}
	details := must(admin.Auth.RequestToken(ctx, params))
	equal([]any{details.ClientID, details.Expires - details.Issued}, []any{"jim", int64(60_000)})
	limited := s.rest(ably.WithTokenDetails(details))
	check(limited.Channels.Get("allowed").Publish(ctx, "n", "x"))
	equal(codeOf(limited.Channels.Get("other").Publish(ctx, "n", "x")), 40160)
	request := must(admin.Auth.CreateTokenRequest(params))
	exchanged := s.rest(ably.WithAuthCallback(func(context.Context, ably.TokenParams) (ably.Tokener, error) {
		return request, nil
	}))
	check(exchanged.Channels.Get("allowed").Publish(ctx, "n", "x"))
}

func jwts(s sandbox) {
	claims := map[string]any{"x-ably-capability": `{"c":["*"]}`, "x-ably-clientId": "jim"}
	signed := s.rest(ably.WithToken(s.jwt(s.key, claims)))
	check(signed.Channels.Get("c").Publish(ctx, "n", "x"))
	equal(codeOf(signed.Channels.Get("d").Publish(ctx, "n", "x")), 40160)
	calls := 0
	client := s.realtime(ably.WithAuthCallback(func(context.Context, ably.TokenParams) (ably.Tokener, error) {
		calls++
		if calls == 1 {
			return ably.TokenString(s.jwt(s.key+"wrong", claims)), nil
		}
		return ably.TokenString(s.jwt(s.key, claims)), nil
	}))
	defer client.Close()
	// The refusal of the first one is of those that a client renews a token for.
	check(client.Channels.Get("c").Publish(ctx, "n", "x"))
	equal(calls, 2)
}

func resume(s sandbox) {
	client := s.realtime()
	defer client.Close()
	channel := client.Channels.Get("c")
	received := make(chan string, 10)
	must(channel.SubscribeAll(ctx, func(message *ably.Message) { received <- message.Data.(string) }))
	check(channel.Publish(ctx, "n", "before"))
	equal(<-received, "before")
	id := client.Connection.ID()
	states := make(chan ably.ConnectionState, 10)
	client.Connection.OnAll(func(change ably.ConnectionStateChange) { states <- change.Current })
	call("POST", "/_service/faults", s.key, map[string]any{"drop": map[string]any{"connectionId": id}}, nil)
	check(s.rest().Channels.Get("c").Publish(ctx, "n", "meanwhile"))
	for state := range states {
		if state == ably.ConnectionStateConnected {
			break
		}
	}
	equal(<-received, "meanwhile")
	equal(client.Connection.ID(), id)
}

func rewind(s sandbox) {
	rest := s.rest().Channels.Get("c")
	for _, data := range []string{"1", "2", "3"} {
		check(rest.Publish(ctx, "n", data))
	}
	client := s.realtime()
	defer client.Close()
	channel := client.Channels.Get("c", ably.ChannelWithParams("rewind", "2"))
	received := make(chan string, 10)
	must(channel.SubscribeAll(ctx, func(message *ably.Message) { received <- message.Data.(string) }))
	equal([]string{<-received, <-received}, []string{"2", "3"})
}

func statistics(s sandbox) {
	fixture := []any{map[string]any{
		"intervalId":    "2025-02-03:15:03",
		"inbound":       map[string]any{"realtime": map[string]any{"messages": map[string]any{"count": 50, "data": 5000}}},
		"connections":   map[string]any{"tls": map[string]any{"peak": 20, "opened": 10}},
		"apiRequests":   map[string]any{"succeeded": 50, "failed": 10},
		"tokenRequests": map[string]any{"succeeded": 60, "failed": 20},
	}}
	call("POST", "/stats", s.key, fixture, nil)
	at := time.Date(2025, 2, 3, 15, 3, 0, 0, time.UTC)
	pages := must(s.rest().Stats(ably.StatsWithStart(at), ably.StatsWithEnd(at), ably.StatsWithUnit(ably.PeriodMinute)).Pages(ctx))
	equal(pages.Next(ctx), true)
	minute := pages.Items()[0]
	equal([]float64{minute.Inbound.RealTime.Messages.Count, minute.All.Messages.Data}, []float64{50, 5000})
	equal([]float64{minute.Connections.TLS.Peak, minute.TokenRequests.Failed}, []float64{20, 20})
}

func push(s sandbox) {
	rest := s.rest()
	device := map[string]any{
		"id": "d1", "clientId": "jim", "platform": "ios", "formFactor": "phone",
		"push": map[string]any{"recipient": map[string]any{"transportType": "apns", "deviceToken": "x"}},
	}
	path := "/push/deviceRegistrations"
	saved := must(rest.Request("PUT", path+"/d1", ably.RequestWithBody(device)).Pages(ctx))
	equal(saved.StatusCode(), 200)
	found := must(rest.Request("GET", path, ably.RequestWithParams(url.Values{"clientId": {"jim"}})).Items(ctx))
	equal(found.Next(ctx), true)
	message := map[string]any{"recipient": map[string]any{"clientId": "jim"}, "data": map[string]any{"a": "b"}}
	sent := must(rest.Request("POST", "/push/publish", ably.RequestWithBody(message)).Pages(ctx))
	equal(sent.StatusCode(), 204)
	gone := must(rest.Request("DELETE", path+"/d1").Pages(ctx))
	equal(gone.StatusCode(), 204)
}

// jwt signs a JWT with HS256, as a server does.
func (s sandbox) jwt(key string, claims map[string]any) string {
	name, secret, _ := strings.Cut(key, ":")
	now := time.Now().Unix()
	claims["iat"], claims["exp"] = now, now+60
	part := func(value any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(value))) }
	text := part(map[string]any{"alg": "HS256", "typ": "JWT", "kid": name}) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// call makes a request of its own, without the client.
func call(method, path, key string, body, into any) {
	request := must(http.NewRequestWithContext(ctx, method, address.String()+path, bytes.NewReader(must(json.Marshal(body)))))
	request.Header.Set("Content-Type", "application/json")
	if name, secret, found := strings.Cut(key, ":"); found {
		request.SetBasicAuth(name, secret)
	}
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		panic(fmt.Sprint(path, " answered ", response.Status))
	}
	if into != nil {
		check(json.NewDecoder(response.Body).Decode(into))
	}
}

func codeOf(err error) int {
	var info *ably.ErrorInfo
	if errors.As(err, &info) {
		return int(info.Code)
	}
	return 0
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func equal(actual, expected any) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("got %v, expected %v", actual, expected))
	}
}

func main() {
	defer cancel()
	if len(os.Args) > 1 {
		address = must(url.Parse(os.Args[1]))
	}
	failed := 0
	checks := []struct {
		name string
		run  func(sandbox)
	}{
		{"history", history}, {"presence", presence}, {"tokens", tokens}, {"jwts", jwts}, {"resume", resume},
		{"rewind", rewind}, {"statistics", statistics}, {"push", push},
	}
	for _, binary := range []bool{false, true} {
		for _, each := range checks {
			func() {
				defer func() {
					if fault := recover(); fault != nil {
						failed++
						fmt.Printf("not ok %s (binary: %v): %v\n", each.name, binary, fault)
					}
				}()
				each.run(newSandbox(binary))
				fmt.Printf("ok %s (binary: %v)\n", each.name, binary)
			}()
		}
	}
	if failed > 0 {
		os.Exit(1)
	}
}
