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
	byItself    cause = "bye"               // the client said goodbye
	byOther     cause = "read_error"        // anything else
)

// causeOf names a read error.
func causeOf(err error) cause {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return byEOF
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

// dialFailure is why a client did not become ready: a kind for counting, and
// the words of the error.
type dialFailure struct {
	kind string
	err  error
}

func (d *dialFailure) Error() string { return d.kind + ": " + d.err.Error() }
func (d *dialFailure) Unwrap() error { return d.err }

// The kinds of dial failure that are the generator's own fault.
const (
	noDescriptors = "out of descriptors"
	noAddresses   = "out of source ports"
)

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
			err = fmt.Errorf("%w: %s", err, body)
		}
		return &dialFailure{fmt.Sprintf("handshake refused with HTTP %d", status), err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &dialFailure{"connection refused", err}
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return &dialFailure{noDescriptors, err}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return &dialFailure{noAddresses, err}
	case errors.As(err, &certificate), errors.As(err, &unknownCA):
		return &dialFailure{"certificate not trusted", err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &dialFailure{"no answer in time", err}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &dialFailure{"reset in the handshake", err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &dialFailure{"closed in the handshake", err}
	case strings.Contains(err.Error(), "malformed HTTP"), strings.HasPrefix(err.Error(), "websocket: "):
		return &dialFailure{"handshake is not WebSocket", err}
	case strings.Contains(err.Error(), "tls: "):
		return &dialFailure{"TLS failed", err}
	}
	return &dialFailure{"connect failed", err}
}
