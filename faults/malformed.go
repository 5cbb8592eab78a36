package faults

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/imbench/imbench/internal/wsframe"
)

// Speech is what a client's frames are like when nothing is wrong with them,
// which is what malformed ones are made from, and how far an oversize one goes.
type Speech struct {
	First        byte   // of the frames its messages go in: final, text or binary
	Message      []byte // one that is right, JSON as a rule
	Beat         []byte // something right and small; left out: {}
	WrongVersion []byte // what is right but for its version; left out: there is none

	Oversize uint64 // bytes that an oversize frame announces
	Sent     int    // how many of them follow
}

var errNoSuchForm = errors.New("this protocol has no such frame")

// MalformedFrame returns the bytes of a client's WebSocket frame, or of the
// beginning of one, that is wrong in one way and no other:
//
//	bad-json        FIN│kind  MASK│…    half of a message
//	wrong-version   FIN│kind  MASK│…    a version there is not
//	oversize        FIN│kind  MASK│…    its beginning, or all of it
//	bad-utf8        FIN│text  MASK│…    \xff
//	unmasked        FIN│kind      │…    a beat
//
// They are written past whatever else writes frames. It is an error to ask for
// a form that there is not, or that the speech has nothing for.
func MalformedFrame(form string, s Speech) ([]byte, error) {
	switch form {
	case BadJSON:
		return wsframe.Append(nil, s.First, wsframe.Client, s.Message[:len(s.Message)/2]), nil
	case WrongVersion:
		if s.WrongVersion == nil {
			return nil, errNoSuchForm
		}
		return wsframe.Append(nil, s.First, wsframe.Client, s.WrongVersion), nil
	case Oversize:
		head := wsframe.AppendHeader(nil, s.First, wsframe.Client, s.Oversize)
		return append(head, bytes.Repeat([]byte("x"), s.Sent)...), nil
	case BadUTF8:
		return wsframe.Append(nil, wsframe.Final|wsframe.Text, wsframe.Client, []byte("{\"event\":\"\xff\xfe\xc0\"}")), nil
	case Unmasked:
		beat := s.Beat
		if len(beat) == 0 {
			beat = []byte("{}")
		}
		return wsframe.Append(nil, s.First, wsframe.Server, beat), nil
	}
	return nil, fmt.Errorf("%q is not a form of being malformed", form)
}
