package proxy

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// apiVersion is the version of Toxiproxy whose API this is.
const apiVersion = "2.5.0"

// Bounds on a request.
const (
	largestBody   = 4 << 20
	answerWithin  = 25 * time.Second
	largestName   = 256
	mostInTrouble = 1000 // toxics of a proxy
)

// Handler serves the HTTP API. Browsers are refused, as Toxiproxy does: a web
// page must not steer what is between its visitor and a server.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /proxies", s.listProxies)
	mux.HandleFunc("POST /proxies", s.createProxy)
	mux.HandleFunc("POST /populate", s.populate)
	mux.HandleFunc("POST /reset", s.reset)
	mux.HandleFunc("GET /version", s.version)
	mux.Handle("GET /metrics", s.metricsHandler())
	mux.HandleFunc("GET /proxies/{proxy}", s.onProxy(showProxy))
	mux.HandleFunc("POST /proxies/{proxy}", s.onProxy(updateProxy))
	mux.HandleFunc("PATCH /proxies/{proxy}", s.onProxy(updateProxy))
	mux.HandleFunc("DELETE /proxies/{proxy}", s.deleteProxy)
	mux.HandleFunc("GET /proxies/{proxy}/toxics", s.onProxy(listToxics))
	mux.HandleFunc("POST /proxies/{proxy}/toxics", s.onProxy(createToxic))
	mux.HandleFunc("GET /proxies/{proxy}/toxics/{toxic}", s.onProxy(showToxic))
	mux.HandleFunc("POST /proxies/{proxy}/toxics/{toxic}", s.onProxy(updateToxic))
	mux.HandleFunc("PATCH /proxies/{proxy}/toxics/{toxic}", s.onProxy(updateToxic))
	mux.HandleFunc("DELETE /proxies/{proxy}/toxics/{toxic}", s.onProxy(deleteToxic))
	bounded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.UserAgent(), "Mozilla/") {
			http.Error(w, "User agent not allowed", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, largestBody)
		w.Header().Set("Imbench-Version", s.cfg.Version)
		w.Header().Set("X-Toxiproxy-Request-Id", strconv.FormatInt(s.requests.Add(1), 10))
		mux.ServeHTTP(w, r)
	})
	return http.TimeoutHandler(bounded, answerWithin, "")
}

// onProxy finds the proxy that a request is about; what is done to it is the
// answer.
func (s *Server) onProxy(do func(p *Proxy, r *http.Request) (status int, v any, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := s.proxy(r.PathValue("proxy"))
		if err != nil {
			refuse(w, err)
			return
		}
		status, v, err := do(p, r)
		switch {
		case err != nil:
			refuse(w, err)
		case v == nil:
			w.WriteHeader(status)
		default:
			answer(w, status, v)
		}
	}
}

// shown is a proxy as the API shows it.
type shown struct {
	Name     string     `json:"name"`
	Listen   string     `json:"listen"`
	Upstream string     `json:"upstream"`
	Enabled  bool       `json:"enabled"`
	Toxics   []*trouble `json:"toxics"`
}

func (p *Proxy) show() shown {
	p.mu.Lock()
	defer p.mu.Unlock()
	return shown{p.name, p.listen, p.upstream, p.serving != nil, p.toxics()}
}

// toxics lists the toxics as Toxiproxy does: upstream before downstream. It is
// called with mu held.
func (p *Proxy) toxics() []*trouble {
	list := []*trouble{}
	for _, s := range []stream{upstream, downstream} {
		for _, t := range p.troubles {
			if t.isToxic && t.stream == s {
				list = append(list, t)
			}
		}
	}
	return list
}

func (p *Proxy) toxic(name string) *trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.troubles {
		if t.isToxic && t.name == name {
			return t
		}
	}
	return nil
}

func (s *Server) listProxies(w http.ResponseWriter, _ *http.Request) {
	all := map[string]shown{}
	for _, p := range s.all() {
		all[p.name] = p.show()
	}
	answer(w, http.StatusOK, all)
}

func (s *Server) createProxy(w http.ResponseWriter, r *http.Request) {
	var d described
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		refuse(w, badRequest(err))
		return
	}
	if len(text(d.Name)) > largestName {
		refuse(w, badRequest(errors.New("the name is too long")))
		return
	}
	p, err := s.Add(text(d.Name), text(d.Listen), text(d.Upstream), d.Enabled == nil || *d.Enabled) //nolint:contextcheck // a proxy outlives the request that makes it
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusCreated, p.show())
}

func (s *Server) populate(w http.ResponseWriter, r *http.Request) {
	var proxies []*Proxy
	list, err := ReadList(r.Body)
	if err == nil {
		proxies, err = s.Populate(list) //nolint:contextcheck // a proxy outlives the request that makes it
	}
	reply := struct {
		*apiError
		Proxies []shown `json:"proxies"`
	}{Proxies: []shown{}}
	for _, p := range proxies {
		reply.Proxies = append(reply.Proxies, p.show())
	}
	status := http.StatusCreated
	if err != nil {
		reply.apiError = asAPI(err)
		status = reply.Status
	}
	answer(w, status, reply)
}

func (s *Server) reset(w http.ResponseWriter, _ *http.Request) {
	if err := s.Reset(); err != nil { //nolint:contextcheck // a proxy outlives the request that makes it
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (*Server) version(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain;charset=utf-8")
	_, _ = w.Write([]byte(apiVersion)) // the client has left
}

func (s *Server) deleteProxy(w http.ResponseWriter, r *http.Request) {
	if err := s.remove(r.PathValue("proxy")); err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func showProxy(p *Proxy, _ *http.Request) (int, any, error) { return http.StatusOK, p.show(), nil }

func updateProxy(p *Proxy, r *http.Request) (int, any, error) {
	var d described
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		return 0, nil, badRequest(err)
	}
	if err := p.update(d); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, p.show(), nil
}
