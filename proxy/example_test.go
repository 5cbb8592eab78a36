package proxy_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/imbench/imbench/proxy"
)

// A proxy before a server, and a toxic that is added by the API.
func Example() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer upstream.Close()

	server := proxy.New(proxy.Config{Seed: 1})
	defer server.Close()
	p, err := server.Add("chat", "127.0.0.1:0", strings.TrimPrefix(upstream.URL, "http://"), true)
	if err != nil {
		fmt.Println(err)
		return
	}
	api := httptest.NewServer(server.Handler())
	defer api.Close()

	ask := func() {
		conn, err := net.Dial("tcp", p.Addr())
		if err != nil {
			fmt.Println(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
		answer, err := io.ReadAll(conn)
		fmt.Println(strings.HasSuffix(string(answer), "hello"), err != nil)
	}
	ask()
	resp, err := http.Post(api.URL+"/proxies/chat/toxics", "application/json",
		strings.NewReader(`{"type": "limit_data", "attributes": {"bytes": 10}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	ask()
	// Output:
	// true false
	// false false
}
