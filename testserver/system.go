package testserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// systemDoc is one system that the server speaks, by the name of imbench's
// preset, and where.
type systemDoc struct {
	name  string
	paths []string // the first is the one of its own
}

// knownSystems is the table of them all. A path that several have belongs to
// each of them where the server is restricted to it, otherwise as root says.
func knownSystems() []systemDoc {
	return []systemDoc{
		{"envelope", []string{"/ws", "/"}},
		{"angular-socketio", []string{"/socket.io/"}},
		{"socketio-chat", []string{"/socket.io/"}},
		{"socketio", []string{"/socket.io/"}},
		{"browser-ws", []string{"/raw", "/"}},
		{"heart-class", []string{"/heart/UID", "/UID"}},
		{"json-manager", []string{"/api/websocket"}},
		{"ionic-service", []string{"/ionic", "/"}},
	}
}

// Systems are the names that Config.Only takes.
func Systems() []string {
	var names []string
	for _, d := range knownSystems() {
		names = append(names, d.name)
	}
	return names
}

// Paths are where a system of Systems is reached while it is the only one, the
// one of its own first; nil for a system that there is not.
func Paths(system string) []string {
	for _, d := range knownSystems() {
		if d.name == plain(system) {
			return d.paths
		}
	}
	return nil
}

// plain is the name of the system that a preset of imbench's is a client of.
func plain(preset string) string { return strings.TrimSuffix(preset, "-as-published") }

func checkOnly(only string) error {
	if only == "" || Paths(only) != nil {
		return nil
	}
	return fmt.Errorf("only: there is no system %q; there are %s", only, strings.Join(Systems(), ", "))
}

// speaksOnly reports whether the server is open to one of these systems.
func (s *Server) speaksOnly(systems ...string) bool {
	return s.only == "" || slices.Contains(systems, s.only)
}

// door lets requests through to a system, unless the server is restricted to
// another.
func (s *Server) door(handle http.HandlerFunc, systems ...string) http.HandlerFunc {
	if s.speaksOnly(systems...) {
		return handle
	}
	return s.elsewhere
}

// elsewhere says where the one system is to be found.
func (s *Server) elsewhere(w http.ResponseWriter, _ *http.Request) {
	reason := "nothing is here; the systems and their paths are in docs/reference-server.md"
	if s.only != "" {
		reason = fmt.Sprintf("this server is restricted to %s, which is on %s", s.only, strings.Join(Paths(s.only), " and "))
	}
	http.Error(w, reason, http.StatusNotFound)
}

// systems are the routes by which each system is reached.
func (s *Server) systems(mux *http.ServeMux) {
	mux.HandleFunc("/ws", s.door(s.handshake, "envelope"))
	mux.HandleFunc("/{$}", s.door(s.root, "envelope", "browser-ws", "ionic-service"))
	mux.HandleFunc("/raw", s.door(s.browserWS, "browser-ws"))
	mux.HandleFunc("/ionic", s.door(s.ionicService, "ionic-service"))
	mux.HandleFunc("/heart/{uid...}", s.door(s.heartClass, "heart-class"))
	mux.HandleFunc("/api/websocket", s.door(s.jsonManager, "json-manager"))
	mux.HandleFunc("/socket.io/", s.door(s.engineIO, "angular-socketio", "socketio-chat", "socketio"))
	mux.HandleFunc("/{uid}", s.door(func(w http.ResponseWriter, r *http.Request) {
		if !websocket.IsWebSocketUpgrade(r) {
			s.elsewhere(w, r)
			return
		}
		s.heartClass(w, r)
	}, "heart-class"))
	mux.HandleFunc("/", s.elsewhere)
}

// root is the path that several systems were published with: a login of the
// envelope is for that, anything else for the raw text.
func (s *Server) root(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case s.only == "envelope", s.only == "" && (q.Has("client") || q.Has("room") || q.Has("offset") || q.Has("observe")):
		s.handshake(w, r)
	case s.only == "ionic-service":
		s.ionicService(w, r)
	default:
		s.browserWS(w, r)
	}
}

// terms are the figures that the systems were published with, where Config
// leaves them open.
type terms struct {
	browserPing  time.Duration // of browser-ws; a ping not answered by the next ends the connection
	heartBeat    time.Duration // of heart-class: silence that ends a connection; 0 for none
	pingInterval time.Duration // of Engine.IO
	pingTimeout  time.Duration // of Engine.IO: for the answer to a ping
	maxPayload   int64         // of Engine.IO, in bytes
}

// terms are to be asked for before the defaults are filled in.
func (c Config) terms() terms {
	t := terms{
		browserPing: 30 * time.Second, heartBeat: c.ReapAfter,
		pingInterval: 25 * time.Second, pingTimeout: 20 * time.Second, maxPayload: 1_000_000,
	}
	if c.PingEvery != 0 {
		t.browserPing, t.pingInterval = c.PingEvery, c.PingEvery
	}
	switch {
	case c.ReapAfter != 0 && c.ReapAfter > t.pingInterval:
		t.pingTimeout = c.ReapAfter - t.pingInterval
	case c.ReapAfter != 0: // without a ping that asked for it; half for each
		t.pingInterval, t.pingTimeout = c.ReapAfter/2, c.ReapAfter/2
	}
	if c.MaxFrame != 0 {
		t.maxPayload = int64(c.MaxFrame)
	}
	return t
}
