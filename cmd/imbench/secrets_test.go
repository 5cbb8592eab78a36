package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/gorilla/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// tattler NAME: starts a server that tells everything it was shown to whoever
// listens, and puts its address into the variable. What it does depends on the
// path: /refuse answers the handshake with an error, /close closes before the
// login is answered, /frames lets clients in and sends them frames that are
// none of the protocol's, or refusals.
func tattler(ts *testscript.TestScript, _ bool, args []string) {
	s := httptest.NewServer(new(tattle))
	ts.Defer(s.Close)
	ts.Setenv(args[0], strings.TrimPrefix(s.URL, "http://"))
}

type tattle struct{ calls atomic.Int64 }

// shown is what a request shows, one thing each.
func shown(r *http.Request) (all []string) {
	for _, values := range r.URL.Query() {
		all = append(all, values...)
	}
	for _, values := range r.Header {
		all = append(all, values...)
	}
	if user, password, ok := r.BasicAuth(); ok {
		all = append(all, user+":"+password)
	}
	slices.Sort(all)
	return append(all, r.RequestURI, strings.Join(all, " "))
}

func (s *tattle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all := shown(r)
	n := int(s.calls.Add(1))
	if strings.HasPrefix(r.URL.Path, "/refuse") { // a status is a kind of error, and one quote of each is kept
		w.WriteHeader(430 + n%len(all))
		_, _ = io.WriteString(w, "you said "+all[n%len(all)])
		return
	}
	var up websocket.Upgrader
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	_, login, err := conn.ReadMessage()
	if err != nil {
		return
	}
	all = append(all, string(login))
	for _, word := range regexp.MustCompile(`"[^"]{4,}"`).FindAllString(string(login), -1) {
		all = append(all, strings.Trim(word, `"`))
	}
	if strings.HasPrefix(r.URL.Path, "/close") {
		reason := all[n%len(all)]
		_ = conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4000+n%len(all), reason[:min(len(reason), 120)]))
		return
	}
	say := func(text string) { _ = conn.WriteMessage(websocket.TextMessage, []byte(text)) }
	if n%2 == 0 {
		say(`{"error":` + fmt.Sprintf("%q", strings.Join(all, " ")) + `}`)
	}
	say(`{"ok":true}`)
	say(strings.Join(all, " ")) // no JSON
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
	}
}

// everyform NAME ARG...: runs imbench with an -o of every form that there is,
// events, metrics and a step's summary, whatever its exit code, and keeps all that comes
// out in the directory out.
func everyForm(ts *testscript.TestScript, _ bool, args []string) {
	out := ts.MkAbs("out")
	ts.Check(os.MkdirAll(out, 0o755))
	name := filepath.Join(out, args[0])
	ts.Setenv("GITHUB_STEP_SUMMARY", name+".summary.md")
	defer ts.Setenv("GITHUB_STEP_SUMMARY", "")
	command := slices.Clone(args[1:])
	if command[0] == "run" {
		command = append(command, "--events", name+".events.jsonl", "--otlp", collector(ts, name+".otlp"))
	}
	if command[0] == "run" || command[0] == "report" {
		for _, ext := range slices.Sorted(maps.Keys(resultForms())) {
			command = append(command, "-o", name+ext)
		}
	}
	_ = ts.Exec("imbench", command...)
	for _, stream := range []string{"stdout", "stderr"} {
		ts.Check(os.WriteFile(name+"."+stream, []byte(ts.ReadFile(stream)), 0o600))
	}
}

// collector is the URL of an OpenTelemetry collector that keeps what it is sent
// in a file. Protocol buffers have texts in them as they are.
func collector(ts *testscript.TestScript, file string) string {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(file, body, 0o600) // the last one has all that those before had
		}
		ts.Check(err)
	}))
	ts.Defer(s.Close)
	return s.URL
}

// secretless SECRET...: none of them stands in any file below out, in any of
// the forms that URLs and headers give it, nor does a signed token.
func secretless(ts *testscript.TestScript, neg bool, secrets []string) {
	signed := regexp.MustCompile(`eyJ[\w-]+\.`)
	files, found := 0, ""
	ts.Check(filepath.WalkDir(ts.MkAbs("out"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		for _, s := range secrets {
			forms := []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s))[:len(s)], s[:len(s)*2/3]}
			for _, form := range forms {
				if i := strings.Index(string(text), form); i >= 0 {
					found += fmt.Sprintf("%s: …%s…\n", filepath.Base(path), text[max(0, i-80):min(len(text), i+80)])
				}
			}
		}
		if i := signed.FindIndex(text); i != nil {
			found += fmt.Sprintf("%s: a token …%s…\n", filepath.Base(path), text[max(0, i[0]-80):min(len(text), i[1]+40)])
		}
		return err
	}))
	switch {
	case files == 0:
		ts.Fatalf("there are no files in out")
	case found != "" && !neg:
		ts.Fatalf("%s", found)
	case found == "" && neg:
		ts.Fatalf("no secret found in %d files", files)
	}
}
