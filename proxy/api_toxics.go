package proxy

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// sent is a toxic as the API takes it; what is left out is nil.
type sent struct {
	Name       string          `json:"name"`
	Type       string          `json:"type"`
	Stream     string          `json:"stream"`
	Toxicity   *float64        `json:"toxicity"`
	Attributes json.RawMessage `json:"attributes"`
}

// toxicity is what was sent, or what it is if nothing was.
func (d sent) toxicity(is float64) (float64, error) {
	if d.Toxicity == nil {
		return is, nil
	}
	if v := *d.Toxicity; v >= 0 && v <= 1 {
		return v, nil
	}
	return 0, badRequest(fmt.Errorf("toxicity %v is not a share of connections; write a number from 0 to 1", *d.Toxicity))
}

func listToxics(p *Proxy, _ *http.Request) (int, any, error) {
	return http.StatusOK, p.show().Toxics, nil
}

func createToxic(p *Proxy, r *http.Request) (int, any, error) {
	var d sent
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		return 0, nil, badRequest(err)
	}
	t, err := newToxic(d)
	if err != nil {
		return 0, nil, err
	}
	p.changing.Lock()
	defer p.changing.Unlock()
	if p.toxic(t.name) != nil {
		return 0, nil, toxicExists()
	}
	if len(p.show().Toxics) >= mostInTrouble {
		return 0, nil, badRequest(fmt.Errorf("a proxy has at most %d toxics", mostInTrouble))
	}
	p.add(t)
	return http.StatusOK, t, nil
}

// newToxic makes a trouble of what was sent.
func newToxic(d sent) (*trouble, error) {
	s, err := parseStream(d.Stream)
	if err != nil {
		return nil, err
	}
	t := &trouble{name: d.Name, kind: d.Type, stream: s, isToxic: true}
	if t.name == "" {
		t.name = fmt.Sprintf("%s_%s", t.kind, t.stream)
	}
	if len(t.name) > largestName {
		return nil, badRequest(fmt.Errorf("the name is too long"))
	}
	e := newEffect(d.Type)
	if e == nil {
		return nil, badType()
	}
	if err := decode(e, d.Attributes); err != nil {
		return nil, err
	}
	toxicity, err := d.toxicity(1)
	if err != nil {
		return nil, err
	}
	t.settings.Store(&settings{e, toxicity})
	t.takes = t.byToxicity
	return t, nil
}

func showToxic(p *Proxy, r *http.Request) (int, any, error) {
	t := p.toxic(r.PathValue("toxic"))
	if t == nil {
		return 0, nil, noToxic()
	}
	return http.StatusOK, t, nil
}

func updateToxic(p *Proxy, r *http.Request) (int, any, error) {
	p.changing.Lock()
	defer p.changing.Unlock()
	t := p.toxic(r.PathValue("toxic"))
	if t == nil {
		return 0, nil, noToxic()
	}
	var d sent
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		return 0, nil, badRequest(err)
	}
	toxicity, err := d.toxicity(t.now().toxicity)
	if err != nil {
		return 0, nil, err
	}
	e, err := changed(t.kind, t.now().effect, d.Attributes)
	if err != nil {
		return 0, nil, err
	}
	p.change(t, &settings{e, toxicity})
	return http.StatusOK, t, nil
}

func deleteToxic(p *Proxy, r *http.Request) (int, any, error) {
	p.changing.Lock()
	defer p.changing.Unlock()
	t := p.toxic(r.PathValue("toxic"))
	if t == nil {
		return 0, nil, noToxic()
	}
	p.remove(t)
	return http.StatusNoContent, nil, nil
}
