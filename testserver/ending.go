package testserver

import (
	"errors"
	"io"
	"net"

	"github.com/gorilla/websocket"
)

// ending is why a connection ended. The zero ending is not known yet.
type ending uint8

const (
	_             ending = iota
	byClient             // it sent a close frame
	lost                 // end of file, reset, or a failed write
	protocolError        // it broke RFC 6455
	tooBig
	notUTF8
	tooFast
	tooSlow
	superseded
	noSignOfLife
	shutdown
	numEndings
)

// String is the ending's label in metrics and logs.
func (e ending) String() string {
	return [numEndings]string{
		"", "client", "lost", "protocol_error", "too_big", "invalid_utf8", "rate",
		"slow_consumer", "superseded", "reaped", "shutdown",
	}[e]
}

// frame is the close frame by which the client is told; nil where there is
// nobody to tell, or gorilla/websocket told already.
func (e ending) frame() frame {
	switch e {
	case notUTF8:
		return closeFrame(websocket.CloseInvalidFramePayloadData, "text must be UTF-8")
	case tooFast:
		return closeFrame(websocket.ClosePolicyViolation, "rate limit")
	case tooSlow:
		return closeFrame(websocket.CloseTryAgainLater, "reading too slowly; reconnect and resume")
	case superseded:
		return closeFrame(4001, "the client connected again")
	case noSignOfLife:
		return closeFrame(4002, "no sign of life")
	case shutdown:
		return closeFrame(websocket.CloseGoingAway, "shutting down")
	default:
		return nil
	}
}

// endingOf says what an error of reading means.
func endingOf(err error) ending {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		return tooBig
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		return byClient
	case closed != nil, errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return lost
	default:
		return protocolError
	}
}
