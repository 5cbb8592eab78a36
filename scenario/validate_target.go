package scenario

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

func (d *decoder) validateTarget(s *Scenario) {
	t := s.Target
	if d.given("target") && !d.given("target.url") && t.URL != "" {
		d.places["target.url"] = d.places["target"] // written as target: URL
	}
	switch {
	case t.URL != "":
		d.validateURL(t)
		d.check(!d.given("target.reference"), "target.reference", "stands beside target.url", "it sets flags of the reference server; leave out one of the two")
	case d.given("target.url"):
		d.problemAt("target.url", "is empty", "write ws://HOST:PORT/PATH, or leave it out for the reference server")
	case t.Start != nil:
		d.problemAt("target", "starts a server, but does not say where it listens", "add url: ws://127.0.0.1:8080/ws")
	case d.given("target.pid"):
		d.problemAt("target.pid", "stands without target.url", "add url: ws://127.0.0.1:8080/ws")
	case t.TLS != TLS{}:
		d.problemAt("target.tls", "the reference server does not speak TLS", "add url: wss://HOST, or leave tls out")
	}
	d.check(!d.given("target.pid") || t.PID > 0, "target.pid", fmt.Sprintf("%d is not a process", t.PID), "write the server's process id")
	d.check(!d.given("target.pid") || t.Start == nil, "target.pid", "stands beside target.start", "leave one of the two out; imbench knows the pid of what it starts")
	d.validateStart(t.Start)
	d.validateHeaders(t.Headers)
	d.checkVariables("target.token", t.Token)
	for i, ip := range t.LocalIPs {
		_, err := netip.ParseAddr(ip)
		d.check(err == nil, index("target.local_ips", i), quoted(ip)+" is not an IP address", "write one like 127.0.0.2")
	}
}

func (d *decoder) validateURL(t Target) {
	const remedy = "write ws://HOST:PORT/PATH or wss://HOST/PATH"
	text := t.URL
	if strings.Contains(text, "${") {
		if !d.checkVariables("target.url", text) || d.env == nil {
			return
		}
		text, _ = Expand(text, d.env)
	}
	// What is shown is the URL as written: neither a variable's value nor a password.
	shown := quoted(RedactURL(t.URL))
	u, err := url.Parse(text)
	if err != nil {
		d.problemAt("target.url", shown+" is not a URL", remedy)
		return
	}
	switch {
	case u.Scheme != "ws" && u.Scheme != "wss":
		d.problemAt("target.url", shown+" is not a WebSocket URL", remedy)
	case u.Hostname() == "":
		d.problemAt("target.url", shown+" has no host", remedy)
	case !portOK(u):
		d.problemAt("target.url", shown+" has no port from 1 to 65535", remedy)
	case u.Fragment != "":
		d.problemAt("target.url", shown+" has a fragment, which WebSocket URLs cannot have", "leave out # and what follows")
	case u.Scheme == "ws" && t.TLS != TLS{}:
		d.problemAt("target.tls", "the URL is ws://, without TLS", "write wss:// in target.url, or leave tls out")
	}
}

func portOK(u *url.URL) bool {
	p := u.Port()
	if p == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, base, bits := 0, 10, 16
	for _, c := range p {
		if n = n*base + int(c-'0'); n >= 1<<bits {
			return false
		}
	}
	return n > 0
}

func (d *decoder) validateStart(s *Start) {
	if s == nil {
		return
	}
	const at = "target.start"
	d.check(len(s.Command) > 0 && s.Command[0] != "", child(at, "command"), "is empty", `write the program and its arguments: [./im-server, --port, "8080"]`)
	d.within(child(at, "within"), s.Within, time.Millisecond, time.Hour)
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		d.check(name != "" && !strings.ContainsAny(name, "=\x00"), child(at, "env"), quoted(name)+" is not a variable's name", "write NAME: VALUE")
		d.checkVariables(child(child(at, "env"), name), s.Env[name])
	}
	if s.Ready == "" {
		return
	}
	u, err := url.Parse(s.Ready)
	ok := err == nil && u.Hostname() != "" && portOK(u) &&
		(u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "tcp" && u.Port() != "" && u.Path == "")
	d.check(ok, child(at, "ready"), quoted(RedactURL(s.Ready))+" cannot be asked whether the server is ready", "write tcp://HOST:PORT or http://HOST:PORT/PATH")
}

// handshakeHeaders belong to the WebSocket handshake itself.
var handshakeHeaders = []string{"upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "content-length", "transfer-encoding"}

func (d *decoder) validateHeaders(headers map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		at := child("target.headers", name)
		token := func(r rune) bool {
			return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
		}
		switch {
		case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !token(r) }):
			d.problemAt(at, quoted(name)+" is not a header's name", "write one like Authorization")
		case slices.Contains(handshakeHeaders, strings.ToLower(name)):
			d.problemAt(at, "belongs to the WebSocket handshake", "leave it out; imbench sets it")
		case strings.ContainsAny(headers[name], "\r\n\x00"):
			d.problemAt(at, "has a line break", "write the value on one line")
		}
		d.checkVariables(at, headers[name])
	}
}

// checkVariables reports a ${VAR} that is malformed or undefined.
func (d *decoder) checkVariables(path, text string) bool {
	env := d.env
	if env == nil {
		env = func(string) (string, bool) { return "", true }
	}
	if _, err := Expand(text, env); err != nil {
		d.problemAt(path, err.Error(), "set the variable, or write $${ for a plain ${")
		return false
	}
	return true
}
