package testserver

import (
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// heart is the dialect of heart-class: a greeting with the uid, then texts,
// each to all others, but for "ping", which nobody answers. A client that asked
// for a heart_beat is closed when it has been silent for longer.
type heart struct {
	speaker

	beat time.Duration // 0 for none
}

// mostHeartBeat bounds heart_beat, in seconds.
const mostHeartBeat = 24 * 60 * 60

func (s *Server) heartClass(w http.ResponseWriter, r *http.Request) {
	h := &heart{speaker: speaker{crowd: &s.hearts}, beat: s.terms.heartBeat}
	if q := r.URL.Query(); q.Has("heart_beat") {
		seconds, err := strconv.Atoi(q.Get("heart_beat"))
		if err != nil || seconds < 1 || seconds > mostHeartBeat {
			s.reject(w, &rejection{http.StatusBadRequest, "bad_request", "heart_beat is a number of seconds, from 1 to a day's"})
			return
		}
		h.beat = time.Duration(seconds) * time.Second
	}
	uid := lastSegment(r.PathValue("uid"))
	if len(uid) > maxName || !utf8.ValidString(uid) {
		s.reject(w, &rejection{http.StatusBadRequest, "bad_request", "a uid is UTF-8 of at most " + strconv.Itoa(maxName) + " bytes"})
		return
	}
	s.invite(w, r, guest{speaks: h, enter: func(c *session) bool { return h.enter(c, "Hello 用户"+uid+"!") }})
}

// lastSegment is what stands behind the last slash, "0" if nothing does.
func lastSegment(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			path = path[i+1:]
			break
		}
	}
	if path == "" {
		return "0"
	}
	return path
}

func (h *heart) handle(s *session, kind int, body []byte, now time.Time) {
	if kind == websocket.TextMessage && string(body) == "ping" {
		s.server.metrics.heartbeats.Inc()
		return
	}
	h.speaker.handle(s, kind, body, now)
}

// judge counts silence only: this system pings nobody.
func (h *heart) judge(s *session, now time.Duration) verdict {
	if h.beat > 0 && now-time.Duration(s.lastSeen.Load()) > h.beat {
		return reap
	}
	return leaveBe
}

func (h *heart) farewell(e ending) frame {
	if e == noSignOfLife {
		return closeFrame(websocket.CloseNormalClosure, "heart_beat")
	}
	return e.frame()
}
