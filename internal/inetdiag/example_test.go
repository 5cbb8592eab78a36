package inetdiag_test

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/imbench/imbench/internal/inetdiag"
)

// What does the server's kernel think of a connection?
func Example() {
	diag, err := inetdiag.Open()
	if err != nil {
		fmt.Println("no socket of that server here") // not Linux
		return
	}
	defer diag.Close()
	server, client := netip.MustParseAddrPort("192.0.2.1:8080"), netip.MustParseAddrPort("192.0.2.7:40000")
	switch s, err := diag.Find(server, client); {
	case errors.Is(err, inetdiag.ErrNotFound):
		fmt.Println("no socket of that server here")
	case err == nil:
		fmt.Println(s.State, s.Unacked, "bytes unacknowledged")
	}
	// Output: no socket of that server here
}
