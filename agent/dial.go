package agent

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/protocol"
)

// readBuffer is the library's own buffer; the real one is borrowed, see feed.
const readBuffer = 128

// dialer makes connections to the target. It is shared by all shards.
type dialer struct {
	connect  func(ctx context.Context, client uint32) (net.Conn, error) // TCP, or memory in tests
	target   *url.URL
	headers  http.Header
	tls      *tls.Config // nil for ws://
	lot      *faults.Lot
	buffers  websocket.BufferPool
	writeBuf int           // bytes: a whole message fits, so that it is one frame
	polls    *http.Client  // nil unless the protocol begins by long-polling
	pollers  atomic.Uint32 // its connections, to share the source addresses
}

// begin opens a connection for login, by the protocol's long-polling if it has
// one. The link is not logged in yet; early is what the server has said so far.
// Ctx bounds it.
func (d *dialer) begin(ctx context.Context, w *wire, by route, login *protocol.Login) (l *link, early []protocol.Event, err error) {
	if w.polling == nil {
		target, headers := w.Handshake(d.target, *login)
		l, err = d.open(ctx, w, by, target, headers)
		return l, nil, err
	}
	poll := w.polling.Poll(d.target, *login)
	if early, err = d.poll(ctx, poll); err != nil {
		return nil, nil, failureOf(err, 0, "")
	}
	target, headers := poll.WebSocket()
	if l, err = d.open(ctx, w, by, target, headers); err != nil {
		return nil, nil, err
	}
	if err := l.probe(ctx, poll); err != nil {
		l.feed.release()
		_ = l.conn.Close()
		return nil, nil, &dialFailure{badUpgrade, err}
	}
	return l, early, nil
}

// open connects and upgrades. When ctx is cancelled, the connection is closed
// under the handshake.
func (d *dialer) open(ctx context.Context, w *wire, by route, target *url.URL, headers http.Header) (*link, error) {
	l := &link{sendKind: w.sendKind}
	unwatch := func() bool { return true }
	if len(d.headers) > 0 {
		headers = merged(headers, d.headers)
	}
	netDial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		raw, err := d.connect(ctx, by.source)
		if err != nil {
			return nil, err
		}
		l.conn = faults.NewConn(raw, d.lot)
		if err := by.shape(l.conn); err != nil {
			_ = l.conn.Close()
			return nil, err
		}
		l.feed.Conn, l.feed.plain = l.conn, l.conn
		// The library minds the deadline of ctx, but not its cancellation.
		unwatch = context.AfterFunc(ctx, func() {
			if errors.Is(ctx.Err(), context.Canceled) {
				_ = l.conn.Close()
			}
		})
		if d.tls != nil {
			if err := d.secure(ctx, l); err != nil {
				_ = l.conn.Close()
				return nil, err
			}
		}
		return &l.feed, nil
	}
	ws := websocket.Dialer{
		NetDialContext: netDial, NetDialTLSContext: netDial,
		ReadBufferSize: readBuffer, WriteBufferSize: d.writeBuf, WriteBufferPool: d.buffers,
		Subprotocols: w.sub,
	}
	conn, answer, err := ws.DialContext(ctx, target.String(), headers)
	if unwatched := unwatch(); err == nil && !unwatched {
		_ = conn.Close()
		err = ctx.Err()
	}
	if err != nil {
		l.feed.release()
		return nil, failureOf(err, statusOf(answer), bodyOf(answer))
	}
	conn.SetReadLimit(maxFrame)
	conn.SetPingHandler(func(data string) error { return l.pong([]byte(data)) })
	l.ws = conn
	return l, nil
}

func (d *dialer) secure(ctx context.Context, l *link) error {
	secured := tls.Client(outlasting{l.conn}, d.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	l.feed.Conn, l.feed.plain = secured, nil
	return nil
}

func merged(a, b http.Header) http.Header {
	all := make(http.Header, len(a)+len(b))
	for k, v := range a {
		all[k] = v
	}
	for k, v := range b {
		all[k] = v
	}
	return all
}

func statusOf(answer *http.Response) int {
	if answer == nil || answer.StatusCode == http.StatusSwitchingProtocols {
		return 0
	}
	return answer.StatusCode
}

func bodyOf(answer *http.Response) string {
	if answer == nil || answer.Body == nil {
		return ""
	}
	b, _ := io.ReadAll(io.LimitReader(answer.Body, 200))
	return strings.TrimSpace(string(bytes.ToValidUTF8(b, []byte("?"))))
}

// logIn says what the protocol has the client say first, and reads until the
// server says that it is online.
func (l *link) logIn(ctx context.Context, login *protocol.Login, early []protocol.Event) error {
	w := &l.client.shard.run.wire
	deadline, _ := ctx.Deadline()
	if err := l.feed.SetReadDeadline(deadline); err != nil {
		return failureOf(err, 0, "")
	}
	undisturbed := context.AfterFunc(ctx, func() { _ = l.feed.SetReadDeadline(time.Unix(1, 0)) })
	defer undisturbed()
	if l.login == nil { // to answer from while logging in
		l.login = login
		defer func() { l.login = nil }()
	}
	if w.opener != nil {
		for _, frame := range w.opener.Open(*login) {
			if err := l.write(frame); err != nil {
				return l.loginFailure(err)
			}
		}
	}
	for i := range early {
		l.act(&early[i], nil, l.client.shard.run.clock.now())
	}
	for !l.greeted && !w.traits.ReadyOnOpen {
		if err := l.readGreeting(); err != nil {
			return err
		}
	}
	if !undisturbed() { // too late: the deadline may be under way to the connection
		return failureOf(context.Cause(ctx), 0, "")
	}
	return l.feed.SetReadDeadline(time.Time{})
}

// readGreeting reads one frame of a login.
func (l *link) readGreeting() error {
	kind, r, err := l.ws.NextReader()
	if err != nil {
		return l.loginFailure(err)
	}
	frame, err := io.ReadAll(r)
	if err != nil {
		return l.loginFailure(err)
	}
	switch l.receive(frame, kind == websocket.BinaryMessage) {
	case protocol.Refused:
		return &dialFailure{loginRefused, fmt.Errorf("the server answered %.200q", l.shown(frame))}
	case protocol.Closed:
		return &dialFailure{loginRefused, fmt.Errorf("the server ended the session with %.200q", l.shown(frame))}
	}
	return nil
}

// shown is the beginning of a frame, without what was logged in with.
func (l *link) shown(frame []byte) string {
	const most = 4 << 10 // more than is quoted
	return l.client.shard.run.redactFor(l.login, string(frame[:min(len(frame), most)]))
}

// loginFailure names what ended a login. The handshake was fine, so what looks
// like a bad one is a bad frame.
func (l *link) loginFailure(err error) error {
	var closed *websocket.CloseError
	switch c := causeOf(err); {
	case c == byEOF:
		return &dialFailure{closedInLogin, err}
	case errors.As(err, &closed):
		return &dialFailure{codeInLogin + strconv.Itoa(closed.Code), err}
	case c == byReset:
		return &dialFailure{resetInLogin, err}
	case c == byProtocol, c == byTooBig:
		return &dialFailure{badFrames, err}
	}
	f := failureOf(err, 0, "")
	if f.kind == noAnswer {
		f = &dialFailure{neverReady, errors.New("the server took the connection and sent no greeting in time")}
	}
	return f
}
