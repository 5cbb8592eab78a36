package proxy

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

// call makes one request and returns the status and the body.
func (w *world) call(method, path, body string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	must(w.t, err)
	resp, err := http.DefaultClient.Do(r)
	must(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(w.t, err)
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// Method, path, body: status and the whole answer, in Toxiproxy's words.
func TestTheAPIAnswersAsToxiproxyDoes(t *testing.T) {
	w := newWorld(t, Config{})
	const made = `"name":"a/b c","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","enabled":false,"toxics":[`
	const lag = `{"attributes":{"latency":100,"jitter":0},"name":"latency_upstream","type":"latency","stream":"upstream","toxicity":1}`
	const slower = `{"attributes":{"latency":100,"jitter":5.5},"name":"latency_upstream","type":"latency","stream":"upstream","toxicity":0.5}`
	const url = "/proxies/a%2Fb%20c"
	steps := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/proxies", "", 200, `{}`},
		{"GET", "/version", "", 200, apiVersion},
		{"POST", "/proxies", `{`, 400, `{"error":"bad request body: unexpected EOF","status":400}`},
		{"POST", "/proxies", `{}`, 400, `{"error":"missing required field: name","status":400}`},
		{"POST", "/proxies", `{"name":"x"}`, 400, `{"error":"missing required field: upstream","status":400}`},
		{"POST", "/proxies", `{"name":"a/b c","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","enabled":false,"extra":1}`, 201, `{` + made + `]}`},
		{"POST", "/proxies", `{"name":"a/b c","upstream":"127.0.0.1:1"}`, 409, `{"error":"proxy already exists","status":409}`},
		{"GET", url, "", 200, `{` + made + `]}`},
		{"GET", "/proxies/none", "", 404, `{"error":"proxy not found","status":404}`},
		{"POST", "/proxies/none", "{}", 404, `{"error":"proxy not found","status":404}`},
		{"DELETE", "/proxies/none", "", 404, `{"error":"proxy not found","status":404}`},
		{"GET", url + "/toxics", "", 200, `[]`},
		{"POST", url + "/toxics", `nonsense`, 400, `{"error":"bad request body: invalid character 'o' in literal null (expecting 'u')","status":400}`},
		{"POST", url + "/toxics", `{"type":"none"}`, 400, `{"error":"invalid toxic type","status":400}`},
		{"POST", url + "/toxics", `{"type":"latency","stream":"sideways"}`, 400, `{"error":"stream was invalid, can be either upstream or downstream","status":400}`},
		{"POST", url + "/toxics", `{"type":"latency","toxicity":1.5}`, 400, `{"error":"bad request body: toxicity 1.5 is not a share of connections; write a number from 0 to 1","status":400}`},
		{"POST", url + "/toxics", `{"type":"latency","attributes":{"latnecy":100}}`, 400, `{"error":"bad request body: there is no attribute \"latnecy\"","status":400}`},
		{"POST", url + "/toxics", `{"type":"latency","attributes":{"latency":-1}}`, 400,
			`{"error":"bad request body: -1 is not a time from 0 to 30 days; write a number of milliseconds, or text like \"1.5s\"","status":400}`},
		{"POST", url + "/toxics", `{"type":"latency","stream":"upstream","attributes":{"latency":"100ms"}}`, 200, lag},
		{"POST", url + "/toxics", `{"type":"latency","stream":"upstream"}`, 409, `{"error":"toxic already exists","status":409}`},
		{"GET", url + "/toxics", "", 200, `[` + lag + `]`},
		{"GET", url + "/toxics/latency_upstream", "", 200, lag},
		{"POST", url + "/toxics/latency_upstream", `{"toxicity":0.5,"attributes":{"jitter":5.5}}`, 200, slower},
		{"PATCH", url + "/toxics/latency_upstream", `{"attributes":{"jitter":"no"}}`, 400,
			`{"error":"bad request body: \"no\" is not a time from 0 to 30 days; write a number of milliseconds, or text like \"1.5s\"","status":400}`},
		{"PATCH", url + "/toxics/latency_upstream", `{}`, 200, slower},
		{"GET", url, "", 200, `{` + made + slower + `]}`},
		{"GET", url + "/toxics/none", "", 404, `{"error":"toxic not found","status":404}`},
		{"POST", url + "/toxics/none", "{}", 404, `{"error":"toxic not found","status":404}`},
		{"DELETE", url + "/toxics/none", "", 404, `{"error":"toxic not found","status":404}`},
		{"DELETE", url + "/toxics/latency_upstream", "", 204, ""},
		{"POST", url + "/toxics", `{"type":"idle_expiry"}`, 400,
			`{"error":"bad request body: idle is missing; write a time without traffic in milliseconds, or a box, like aws-nlb","status":400}`},
		{"POST", url + "/toxics", `{"type":"silence","attributes":{"direction":"down"}}`, 400,
			`{"error":"bad request body: direction: \"down\" is none of both, inbound, outbound","status":400}`},
		{"POST", url + "/toxics", `{"type":"noop","name":"n"}`, 200, `{"attributes":{},"name":"n","type":"noop","stream":"downstream","toxicity":1}`},
		{"PATCH", url, `{"upstream":"127.0.0.1:2"}`, 200,
			`{"name":"a/b c","listen":"127.0.0.1:0","upstream":"127.0.0.1:2","enabled":false,"toxics":[{"attributes":{},"name":"n","type":"noop","stream":"downstream","toxicity":1}]}`},
		{"POST", url, `{"listen":"not an address","enabled":true}`, 500, `{"error":"listen tcp: address not an address: missing port in address","status":500}`},
		{"DELETE", url, "", 204, ""},
		{"POST", "/populate", `[{"name":"one","upstream":"127.0.0.1:1"},{"name":""}]`, 400, `{"error":"missing required field: name at proxy 2","status":400,"proxies":[]}`},
		{"POST", "/populate", `{}`, 400, `{"error":"bad request body: json: cannot unmarshal object into Go value of type []proxy.described","status":400,"proxies":[]}`},
		{"POST", "/populate", `[{"name":"one","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","enabled":false},{"name":"two","listen":"here","upstream":"x"}]`, 500,
			`{"error":"listen tcp: address here: missing port in address","status":500,"proxies":[{"name":"one","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","enabled":false,"toxics":[]}]}`},
		{"GET", "/proxies/two", "", 404, `{"error":"proxy not found","status":404}`},
		{"POST", "/reset", "", 204, ""},
		{"GET", "/nowhere", "", 404, "404 page not found"},
		{"DELETE", "/reset", "", 405, "Method Not Allowed"},
	}
	for _, s := range steps {
		status, body := w.call(s.method, s.path, s.body)
		if status != s.status || body != s.want {
			t.Errorf("%s %s %s\n got %d %s\nwant %d %s", s.method, s.path, s.body, status, body, s.status, s.want)
		}
	}
}

func TestBrowsersAreRefused(t *testing.T) {
	w := newWorld(t, Config{})
	r, err := http.NewRequest("GET", w.url+"/proxies", nil)
	must(t, err)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)")
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("it answers %s", resp.Status)
	}
}

func TestPopulateLeavesWhatIsThereAlone(t *testing.T) {
	w, u, p, client, server := newChat(t, Config{})
	toxic(t, p, "noop", "", nil)
	same, err := w.api.Populate([]toxiproxy.Proxy{
		{Name: "chat", Listen: "127.0.0.1:0", Upstream: u.addr(), Enabled: true},
		{Name: "other", Listen: "127.0.0.1:0", Upstream: u.addr(), Enabled: true},
	})
	must(t, err)
	if len(same) != 2 || same[0].Listen != p.Listen || len(same[0].ActiveToxics) != 1 {
		t.Errorf("populated: %+v", same)
	}
	pass(t, client, server)
	moved, err := w.api.Populate([]toxiproxy.Proxy{{Name: "chat", Listen: "127.0.0.1:0", Upstream: "127.0.0.1:1", Enabled: true}})
	must(t, err)
	if len(moved[0].ActiveToxics) != 0 || moved[0].Upstream != "127.0.0.1:1" {
		t.Errorf("replaced: %+v", moved)
	}
	ending(t, client)
}

func TestATakenPortIsAnError(t *testing.T) {
	w := newWorld(t, Config{})
	p := w.proxy("127.0.0.1:1")
	_, err := w.api.CreateProxy("second", p.Listen, "127.0.0.1:1")
	want := fmt.Sprintf("Create: HTTP 500: listen tcp %s: bind: address already in use", p.Listen)
	if err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
	must(t, p.Delete())
	if _, err := w.api.CreateProxy("second", p.Listen, "127.0.0.1:1"); err != nil {
		t.Error(err)
	}
}

func TestAllTypesCanBeAddedReadAndChanged(t *testing.T) {
	w := newWorld(t, Config{})
	p := w.proxy("127.0.0.1:1")
	needs := map[string]toxiproxy.Attributes{"idle_expiry": {"box": "aws-nlb", "idle": 1000}}
	for _, kind := range Types() {
		x := toxic(t, p, kind, "", needs[kind])
		again, err := p.UpdateToxic(x.Name, 1, nil)
		must(t, err)
		if diff := cmp.Diff(x, again); diff != "" {
			t.Errorf("%s is another after an update (-was +is):\n%s", kind, diff)
		}
	}
	all, err := p.Toxics()
	must(t, err)
	if len(all) != len(Types()) {
		t.Errorf("%d toxics of %d", len(all), len(Types()))
	}
	must(t, w.api.ResetState())
	if all, err = p.Toxics(); len(all) != 0 || err != nil {
		t.Errorf("after the reset there are %v, %v", all, err)
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t, Config{})
	u := newUpstream(t)
	p := w.proxy(u.addr())
	w.joined(p, u)
	toxic(t, p, "silence", "", nil)
	_, body := w.call("GET", "/metrics", "")
	for _, line := range []string{
		`toxiproxy_proxy_received_bytes_total{direction="upstream",listener="` + p.Listen + `",proxy="chat",upstream="` + u.addr() + `"} 5`,
		`toxiproxy_proxy_sent_bytes_total{direction="downstream",listener="` + p.Listen + `",proxy="chat",upstream="` + u.addr() + `"} 7`,
		`imbench_proxy_connections{proxy="chat"} 1`,
		`imbench_proxy_dark_connections{proxy="chat"} 1`,
		`imbench_proxy_connections_total 1`,
		`imbench_proxy_upstream_failures_total 0`,
		`imbench_proxy_faults_total{kind="silence",proxy="chat"} 1`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("there is no %s in\n%s", line, body)
		}
	}
}

func TestTheBoundOnConnections(t *testing.T) {
	w, u, p, client, server := newChat(t, Config{MaxConns: 1})
	_ = visit(t, p.Listen)
	w.saying("no more connections")
	pass(t, client, server)
	client.Close()
	server.Close()
	w.eventually("there is room again", func() bool { return w.server.open.Load() == 0 })
	client, server = w.joined(p, u)
	pass(t, client, server)
}

// Toxiproxy's own command line, as its users type it.
func TestToxiproxyCLI(t *testing.T) {
	command := t.TempDir() + "/toxiproxy-cli"
	build := exec.Command("go", "build", "-o", command, "github.com/Shopify/toxiproxy/v2/cmd/cli")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build toxiproxy-cli: %v\n%s", err, out)
	}
	w := newWorld(t, Config{})
	addr := echoServer(t)
	listen := "127.0.0.1:" + freePort(t)
	steps := []struct{ args, says string }{
		{"create -l " + listen + " -u " + addr + " chat", "Created new proxy chat"},
		{"list", "chat\t" + listen + "\t" + addr + "\tenabled\t0"},
		{"toxic add -t latency -a latency=10 -a jitter=5 chat", "Added downstream latency toxic 'latency_downstream' on proxy 'chat'"},
		{"toxic add -t silence -n dark --toxicity 0.5 -a later=1 chat", "Added downstream silence toxic 'dark' on proxy 'chat'"},
		{"toxic add -t idle_expiry --upstream -a idle=350000 chat", "Added upstream idle_expiry toxic 'idle_expiry_upstream' on proxy 'chat'"},
		{"toxic update -n latency_downstream -a latency=20 chat", "Updated toxic 'latency_downstream' on proxy 'chat'"},
		{"inspect chat", "latency_downstream\ttype=latency\tstream=downstream\ttoxicity=1.00\tattributes=[\tjitter=5\tlatency=20\t]"},
		{"inspect chat", "dark\ttype=silence\tstream=downstream\ttoxicity=0.50\tattributes=[\tlater=1\t]"},
		{"inspect chat", "idle_expiry_upstream\ttype=idle_expiry\tstream=upstream\ttoxicity=1.00\tattributes=[\tidle=350000\tlifetime=0\t]"},
		{"toxic delete -n dark chat", "Removed toxic 'dark' on proxy 'chat'"},
		{"toxic add -t nonsense chat", "invalid toxic type"},
		{"toggle chat", "Proxy chat is now disabled"},
		{"toggle chat", "Proxy chat is now enabled"},
		{"delete chat", "Deleted proxy chat"},
		{"inspect chat", "proxy not found"},
	}
	for _, s := range steps {
		cmd := exec.Command(command, append([]string{"--host", w.url}, strings.Fields(s.args)...)...)
		cmd.Env = append(os.Environ(), "TERM=dumb")
		out, _ := cmd.CombinedOutput() // what it says is the test
		if !strings.Contains(string(out), s.says) {
			t.Errorf("toxiproxy-cli %s\n says %s\n  not %s", s.args, out, s.says)
		}
		if s.args == "toggle chat" && strings.Contains(s.says, "enabled") {
			c := dial(t, listen)
			write(t, c, "hello")
			read(t, c, "hello")
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}

// FuzzAPI: whatever is sent to the API is answered, errors as JSON with their
// status, and a toxic that it took can be read, changed and taken away.
func FuzzAPI(f *testing.F) {
	f.Add("POST", "/proxies", `{"name":"x","listen":"127.0.0.1:0","upstream":"127.0.0.1:1","enabled":false}`)
	f.Add("POST", "/populate", `[{"name":"y","upstream":"127.0.0.1:1","enabled":false}]`)
	f.Add("PATCH", "/proxies/chat", `{"enabled":false}`)
	for _, kind := range Types() {
		f.Add("POST", "/proxies/chat/toxics", `{"type":"`+kind+`","stream":"upstream","toxicity":0.5,"attributes":{"later":1}}`)
	}
	f.Add("POST", "/proxies/chat/toxics", `{"type":"idle_expiry","attributes":{"box":"nginx","idle":"1m","lifetime":1e300}}`)
	f.Add("POST", "/proxies/chat/toxics", `{"type":"slicer","attributes":{"average_size":"4KB","size_variation":1099511627776,"delay":-0}}`)
	f.Add("DELETE", "/proxies/%00/toxics/%zz", "\x00")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if strings.Contains(body, `"listen"`) && !strings.Contains(body, `"enabled":false`) {
			return // it would listen somewhere
		}
		r, err := http.NewRequest(method, "http://x/"+strings.TrimLeft(path, "/"), strings.NewReader(body))
		if err != nil || r.URL.Host != "x" {
			return // no request
		}
		s := New(Config{})
		defer s.Close()
		if _, err := s.Add("chat", "127.0.0.1:0", "127.0.0.1:1", false); err != nil {
			t.Fatal(err)
		}
		h := s.Handler()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 400 && w.Header().Get("Content-Type") == "application/json" {
			var e struct {
				Error  string
				Status int
			}
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Error == "" || e.Status != w.Code {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		for _, p := range s.all() {
			for _, x := range p.show().Toxics {
				if _, err := json.Marshal(x); err != nil {
					t.Fatal(err)
				}
				if _, err := changed(x.kind, x.now().effect, nil); err != nil {
					t.Fatalf("%s cannot be what it is: %v", x.kind, err)
				}
				p.remove(x)
			}
		}
	})
}
