package protocol

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Described is a protocol that was written in YAML; docs/protocols.md has every
// key. It is immutable and safe for concurrent use.
type Described struct {
	name      string
	traits    Traits
	behaviour Behaviour
	login     handshake
	batch     batching
	open      []*template
	beat      *template // nil: none on the wire
	toRoom    *template
	toPeer    *template
	toAll     *template
	rules     rules
}

// handshake is what goes into the request that opens the WebSocket.
type handshake struct {
	path         *template // where the target has none
	query        []parameter
	headers      []parameter
	subprotocols []string
}

type parameter struct {
	name  string
	value *template
}

// Name is the protocol's name in its description.
func (d *Described) Name() string { return d.name }

// Traits are those of the description.
func (d *Described) Traits() Traits { return d.traits }

// Behaviour is the published client's.
func (d *Described) Behaviour() Behaviour { return d.behaviour }

// Subprotocols are to be offered in the handshake.
func (d *Described) Subprotocols() []string { return d.login.subprotocols }

// Handshake fills in path, query and headers. A target's own path and query
// go before those of the description; a parameter without a value is left out.
func (d *Described) Handshake(target *url.URL, l Login) (*url.URL, http.Header) {
	return d.login.apply(target, l, "/")
}

func (h *handshake) apply(target *url.URL, l Login, path string) (*url.URL, http.Header) {
	u := *target
	f := fillOf(l)
	if h.path != nil {
		path = string(h.path.append(nil, f))
	}
	if strings.Trim(u.Path, "/") == "" && path != "" {
		u.RawPath = path
		if plain, err := url.PathUnescape(path); err == nil {
			u.Path = plain
		}
	}
	var query []string
	own := u.Query()
	for _, p := range h.query {
		if v := p.value.append(nil, f); len(v) > 0 && !own.Has(p.name) {
			query = append(query, url.QueryEscape(p.name)+"="+url.QueryEscape(string(v)))
		}
	}
	u.RawQuery = strings.Trim(u.RawQuery+"&"+strings.Join(query, "&"), "&")
	header := http.Header{}
	for _, p := range h.headers {
		if v := p.value.append(nil, f); len(v) > 0 {
			header.Set(p.name, string(v))
		}
	}
	return &u, header
}

// Open returns the frames of open, but for those with a room when the client
// has none.
func (d *Described) Open(l Login) [][]byte { return opening(d.open, l) }

func opening(open []*template, l Login) (frames [][]byte) {
	f := fillOf(l)
	for _, t := range open {
		if t.uses(slotRoom) && l.Room == "" {
			continue
		}
		frames = append(frames, t.append(nil, f))
	}
	return frames
}

// AppendMessage appends the frame for m's destination.
func (d *Described) AppendMessage(dst []byte, m Message) []byte {
	t := d.toAll
	switch {
	case m.Room != nil:
		t = d.toRoom
	case m.Peer != nil:
		t = d.toPeer
	}
	if t = cmp.Or(t, d.toAll, d.toRoom, d.toPeer); t == nil {
		return dst
	}
	f := fill{
		client: m.Client, room: m.Room, peer: m.Peer, token: m.Token,
		tag: m.Tag, size: m.Size, unixMillis: m.UnixMillis, row: m.Row,
	}
	return t.append(dst, &f)
}

// AppendHeartbeat appends the frame of a beat, or nothing where beats are not
// on the wire.
func (d *Described) AppendHeartbeat(dst []byte, unixMillis int64) []byte {
	return d.AppendBeat(dst, Message{UnixMillis: unixMillis})
}

// AppendBeat is AppendHeartbeat for beats that name the client.
func (d *Described) AppendBeat(dst []byte, m Message) []byte {
	if d.beat == nil {
		return dst
	}
	return d.beat.append(dst, &fill{client: m.Client, token: m.Token, unixMillis: m.UnixMillis, row: m.Row})
}

// Scan says what a frame means by the rules of the description. It does not
// allocate for messages.
func (d *Described) Scan(frame []byte) (e Event) {
	d.ScanInto(frame, &e)
	return e
}

// ScanInto is Scan for callers with little stack.
func (d *Described) ScanInto(frame []byte, e *Event) {
	if !d.batch.given() {
		d.rules.scan(frame, e)
		return
	}
	message, rest, err := d.batch.first(frame)
	switch {
	case err != nil:
		e.invalid(err.Error())
	case message == nil:
		*e = Event{}
	default:
		d.rules.scan(message, e)
		e.Rest = rest
	}
}

// Replies makes the frames that a frame with a Step asks for.
func (d *Described) Replies(e Event, l Login) [][]byte { return d.rules.answer(e, l) }

// bound is d with variables and columns filled in.
func (d *Described) bound(b binding) *Described {
	out := *d
	out.login.path = d.login.path.bound(b)
	out.login.query = boundAll(d.login.query, b)
	out.login.headers = boundAll(d.login.headers, b)
	out.open = nil
	for _, t := range d.open {
		out.open = append(out.open, t.bound(b))
	}
	out.beat = d.beat.bound(b)
	out.toRoom, out.toPeer, out.toAll = d.toRoom.bound(b), d.toPeer.bound(b), d.toAll.bound(b)
	out.rules.replies = slices.Clone(d.rules.replies)
	for i := range out.rules.replies {
		p := &out.rules.replies[i]
		p.send = slices.Clone(p.send)
		for j, t := range p.send {
			p.send[j] = t.bound(b)
		}
	}
	return &out
}

func boundAll(ps []parameter, b binding) []parameter {
	out := slices.Clone(ps)
	for i := range out {
		out[i].value = out[i].value.bound(b)
	}
	return out
}

// frames are the templates of all that is sent.
func (d *Described) frames() []*template {
	all := slices.Clone(d.open)
	all = append(all, d.beat, d.toRoom, d.toPeer, d.toAll)
	for _, p := range d.rules.replies {
		all = append(all, p.send...)
	}
	return slices.DeleteFunc(all, func(t *template) bool { return t == nil })
}

// templates are all there are, for what can be said of slots.
func (d *Described) templates() []*template {
	all := d.frames()
	if d.login.path != nil {
		all = append(all, d.login.path)
	}
	for _, p := range slices.Concat(d.login.query, d.login.headers) {
		all = append(all, p.value)
	}
	return all
}

func (d *Described) rebound(b binding) Protocol { return d.bound(b) }
