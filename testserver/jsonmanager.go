package testserver

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// manager is the dialect of json-manager: JSON frames, of which heartbeats are
// taken in silence and everything else goes as it is to the others of its
// session_id. A frame that is not JSON is passed on as text.
type manager struct{ speaker }

func (s *Server) jsonManager(w http.ResponseWriter, r *http.Request) {
	circle := r.URL.Query().Get("session_id")
	if len(circle) > maxName {
		s.reject(w, &rejection{http.StatusBadRequest, "bad_request", "session_id is too long"})
		return
	}
	m := &manager{speaker{crowd: &s.managers, circle: strings.Clone(circle)}}
	s.invite(w, r, guest{speaks: m, enter: func(c *session) bool { return m.enter(c, "") }})
}

func (m *manager) handle(s *session, kind int, body []byte, _ time.Time) {
	var v struct {
		Type    string `json:"type"`
		Session string `json:"session_id"`
	}
	circle := m.circle
	if kind == websocket.TextMessage && json.Unmarshal(body, &v) == nil {
		if v.Type == "heartbeat" {
			s.server.metrics.heartbeats.Inc()
			return
		}
		if v.Session != "" {
			circle = v.Session
		}
	}
	m.relay(circle, kind, body)
}
