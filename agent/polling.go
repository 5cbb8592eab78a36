package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/protocol"
)

// maxPollAnswer bounds the body of an answer in bytes.
const maxPollAnswer = 1 << 20

// newPollClient makes the HTTP client that all handshakes by long-polling
// share: its connections are not the ones that faults are applied to.
func (d *dialer) newPollClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return d.connect(ctx, d.pollers.Add(1)) },
			TLSClientConfig:     d.tls,
			MaxIdleConnsPerHost: 64,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// poll makes the requests of a handshake by long-polling, one after the other.
func (d *dialer) poll(ctx context.Context, p *protocol.Poll) (early []protocol.Event, err error) {
	for {
		ask, more := p.Next()
		if !more {
			return early, nil
		}
		events, err := d.pollOnce(ctx, p, ask)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if e.Kind == protocol.Refused {
				return nil, &dialFailure{loginRefused, fmt.Errorf("the server answered %.200q", e.Text)}
			}
		}
		early = append(early, events...)
	}
}

func (d *dialer) pollOnce(ctx context.Context, p *protocol.Poll, ask protocol.Request) ([]protocol.Event, error) {
	r, err := http.NewRequestWithContext(ctx, ask.Method, ask.URL.String(), bytes.NewReader(ask.Body))
	if err != nil {
		return nil, err
	}
	r.Header = merged(ask.Header, d.headers)
	answer, err := d.polls.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxPollAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxPollAnswer:
		return nil, &dialFailure{badPolling, fmt.Errorf("an answer is larger than %d bytes", maxPollAnswer)}
	}
	events, err := p.Answer(answer.StatusCode, body)
	if err != nil {
		return nil, &dialFailure{badPolling, err}
	}
	return events, nil
}

// probe makes the WebSocket take over from polling.
func (l *link) probe(ctx context.Context, p *protocol.Poll) error {
	deadline, _ := ctx.Deadline()
	if err := l.feed.SetReadDeadline(deadline); err != nil {
		return err
	}
	send, want, then := p.Probe()
	if err := l.ws.WriteMessage(websocket.TextMessage, send); err != nil {
		return err
	}
	_, got, err := l.ws.ReadMessage()
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errors.Join(protocol.ErrPolling, fmt.Errorf("the probe was answered %.100q, not %q", got, want))
	}
	return l.ws.WriteMessage(websocket.TextMessage, then)
}
