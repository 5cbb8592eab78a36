package agent

import "testing"

func TestALifeOfAClient(t *testing.T) {
	for _, c := range []struct {
		name string
		path []event
		want state
	}{
		{"a client that connects is online", []event{start, opened, ready}, online},
		{"a lost connection is waited for", []event{start, opened, ready, ended}, backoff},
		{"after the backoff it dials again", []event{start, opened, ready, ended, due}, dialing},
		{"a refused dial backs off", []event{start, failed}, backoff},
		{"a refused login backs off", []event{start, opened, failed}, backoff},
		{"tries that run out stop it", []event{start, failed, gaveUp}, stopped},
		{"the end of the run stops one that never started", []event{stop}, stopped},
		{"and one that dials", []event{start, stop}, stopped},
		{"and one that is online", []event{start, opened, ready, stop}, stopped},
		{"and one that has stopped", []event{stop, stop}, stopped},
	} {
		s, err := idle, error(nil)
		for _, e := range c.path {
			if s, err = next(s, e); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		if s != c.want {
			t.Errorf("%s: %v, want %v", c.name, s, c.want)
		}
	}
}

func TestWhatIsNotListedCannotHappen(t *testing.T) {
	allowed := 0
	for s := range numStates {
		for e := range numEvents {
			to, err := next(s, e)
			if err == nil {
				allowed++
				continue
			}
			if to != s {
				t.Errorf("%v on %v moved to %v", s, e, to)
			}
		}
	}
	if allowed != 14 {
		t.Errorf("%d transitions are allowed; the table in the doc comment has 14", allowed)
	}
}
