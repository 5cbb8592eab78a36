package testserver_test

import (
	"context"
	"fmt"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/testserver"
)

// A server on a free port, broken on purpose, and a client that notices.
func Example() {
	bug, err := testserver.ParseBug("no-heartbeat-ack")
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := testserver.New(testserver.Config{Bugs: []testserver.Bug{bug}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	listener, err := testserver.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	client, res, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+listener.Addr().String()+"/ws?client=c1&room=r1", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	defer res.Body.Close()
	for _, frame := range []string{
		`{"version":"1.0.0","event":"heartbeat","payload":{"timestamp":1},"code":200}`,
		`{"version":"1.0.0","event":"message","payload":{"id":"m1","timestamp":2,"content":"hi","meta":{"room":"r1","ack":true}},"code":200}`,
	} {
		if err := client.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			fmt.Println(err)
			return
		}
	}
	for range 2 {
		var envelope struct {
			Event string
			Code  int
		}
		if err := client.ReadJSON(&envelope); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(envelope.Event, envelope.Code)
	}
	fmt.Println(server.Shutdown(ctx), <-served)
	// Output:
	// system 201
	// ack 200
	// <nil> <nil>
}
