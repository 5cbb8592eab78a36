package memnet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/imbench/imbench/internal/memnet"
)

func Example() {
	l := memnet.Listen()
	defer l.Close()

	client, err := l.Dial(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.WriteString(server, "last words")
	_ = server.(*memnet.Conn).Reset()

	got, err := io.ReadAll(client)
	fmt.Printf("%s, then a reset: %t\n", got, errors.Is(err, syscall.ECONNRESET))
	// Output: last words, then a reset: true
}
