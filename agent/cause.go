package agent

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
)

// cause says how a client learned that its connection was dead. The names
// stand in the result.
type cause string

const (
	byHeartbeat cause = "heartbeat_timeout" // no answer in time
	byReset     cause = "reset"             // RST
	byEOF       cause = "eof"               // FIN without a close frame
	byTimeout   cause = "tcp_timeout"       // the kernel gave up retransmitting
	byProtocol  cause = "protocol_error"    // a frame that is not WebSocket
	byTooBig    cause = "frame_too_big"     // larger than a client would take
	byWrite     cause = "write_error"       // a write failed
	byDismissal cause = "server_disconnect" // the server ended the session in words of the protocol
	byPing      cause = "ping_timeout"      // the server's pings stayed away
	byItself    cause = "bye"               // the client said goodbye
	byRebind    cause = "network_changed"   // the client has another address from now on, and knows
	bySpoiling  cause = "spoilt"            // the client's own malformed frame had made the connection useless
	byOther     cause = "read_error"        // anything else
)

// causeOf names a read error.
func causeOf(err error) cause {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return byEOF
	case errors.Is(err, errDismissed):
		return byDismissal
	case errors.As(err, &closed):
		return cause("close_" + strconv.Itoa(closed.Code))
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		return byReset
	case errors.Is(err, syscall.ETIMEDOUT):
		return byTimeout
	case errors.Is(err, websocket.ErrReadLimit):
		return byTooBig
	case strings.HasPrefix(err.Error(), "websocket: "):
		return byProtocol
	}
	return byOther
}

// causeOfWrite names a write error. Final is false when the reader is about to
// learn more: it closed the connection itself, or what ended it stands before
// it in the stream. An error of the socket is told once, to whoever asks first.
func causeOfWrite(err error) (why cause, final bool) {
	switch {
	case errors.Is(err, websocket.ErrCloseSent), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.EPIPE):
		return byWrite, false
	case errors.Is(err, syscall.ECONNRESET):
		return byReset, true
	case errors.Is(err, syscall.ETIMEDOUT):
		return byTimeout, true
	}
	return byWrite, true
}

// dialFailure is why a client did not become ready: a kind for counting, and
// the words of the error.
type dialFailure struct {
	kind string
	err  error
}

func (d *dialFailure) Error() string { return d.kind + ": " + d.err.Error() }
func (d *dialFailure) Unwrap() error { return d.err }

// The kinds of dial failure, beside those that name a status or a close code.
const (
	noDescriptors = "out of descriptors" // these two are the generator's own fault
	noAddresses   = "out of source ports"

	refused       = "connection refused"
	untrusted     = "certificate not trusted"
	badTLS        = "TLS failed"
	noAnswer      = "no answer in time"
	resetEarly    = "reset in the handshake"
	closedEarly   = "closed in the handshake"
	notWebSocket  = "handshake is not WebSocket"
	refusedHTTP   = "handshake refused with HTTP " // and the status
	neverReady    = "connected, but never ready"
	loginRefused  = "login refused"
	resetInLogin  = "reset before the login was answered"
	closedInLogin = "closed before the login was answered"
	codeInLogin   = "closed before the login was answered with " // and the code
	badFrames     = "frames that are not WebSocket"
	badPolling    = "long-polling handshake failed"
	noCredentials = "no credentials"
	badUpgrade    = "upgrade from long-polling failed"
	otherFailure  = "connect failed"
)

// adviceOn says what to look at when a dial fails in that way; "" when the
// kind says it all.
func adviceOn(kind string) string {
	switch kind {
	case refused:
		return "is the server running there?"
	case untrusted:
		return "name its authority in target.tls.ca, or set target.tls.insecure"
	case badTLS:
		return "is that port for wss://?"
	case noAnswer:
		return "is that the server's port, and is clients.connect_timeout long enough?"
	case closedEarly, resetEarly, notWebSocket:
		return "is that the port and path of a WebSocket server, and ws:// or wss:// right?"
	case loginRefused:
		return "are target.token, clients.login and what the protocol joins right?"
	case neverReady, resetInLogin, closedInLogin, badFrames:
		return "is target.preset the protocol that it speaks?"
	case refusedHTTP + "401", refusedHTTP + "403":
		return "are target.token and target.headers right?"
	case badPolling, badUpgrade:
		return "does it speak Socket.IO v4 there?"
	case refusedHTTP + "404":
		return "is the path in target.url right?"
	}
	return ""
}

// failureOf names a dial error. Status is that of the HTTP answer, 0 for none.
func failureOf(err error, status int, body string) *dialFailure {
	var notReady *dialFailure
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	var unknownCA x509.UnknownAuthorityError
	switch {
	case errors.As(err, &notReady):
		return notReady
	case status != 0:
		if body != "" {
			err = fmt.Errorf("%w, it says %s", err, body)
		}
		return &dialFailure{refusedHTTP + strconv.Itoa(status), err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &dialFailure{refused, err}
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return &dialFailure{noDescriptors, err}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return &dialFailure{noAddresses, err}
	case errors.As(err, &certificate), errors.As(err, &unknownCA):
		return &dialFailure{untrusted, err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &dialFailure{noAnswer, err}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &dialFailure{resetEarly, err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &dialFailure{closedEarly, err}
	case errors.Is(err, errHandshakeTooLong), strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "malformed MIME"), strings.HasPrefix(err.Error(), "websocket: "):
		return &dialFailure{notWebSocket, err}
	case strings.Contains(err.Error(), "tls: "):
		return &dialFailure{badTLS, err}
	}
	return &dialFailure{otherFailure, err}
}
