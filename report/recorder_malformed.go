package report

import (
	"maps"
	"slices"
)

// malformedTally is what the server answered to each form of being wrong.
type malformedTally map[string]*Malformed

func (m *malformedTally) of(form string) *Malformed {
	if *m == nil {
		*m = malformedTally{}
	}
	f := (*m)[form]
	if f == nil {
		f = &Malformed{Form: form, Answers: map[string]int64{}}
		(*m)[form] = f
	}
	return f
}

func (m *malformedTally) merge(o malformedTally) {
	for form, f := range o {
		into := m.of(form)
		into.Sent += f.Sent
		for answer, n := range f.Answers {
			into.Answers[answer] += n
		}
	}
}

// FaultMalformed notes that something wrong was sent, in a form.
func (r *Recorder) FaultMalformed(fault int, form string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) { f.malformed.of(form).Sent++ })
}

// FaultAnswered notes what the server answered to it; see Malformed.Answers.
func (r *Recorder) FaultAnswered(fault int, form, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) { f.malformed.of(form).Answers[answer]++ })
}

// list is in the order of the forms' names.
func (m malformedTally) list() []Malformed {
	var all []Malformed
	for _, form := range slices.Sorted(maps.Keys(m)) {
		f := *m[form]
		f.Answers = maps.Clone(f.Answers)
		all = append(all, f)
	}
	return all
}

// addMalformed adds two lists.
func addMalformed(a, b []Malformed) []Malformed {
	var m malformedTally
	for _, f := range slices.Concat(a, b) {
		m.merge(malformedTally{f.Form: &f})
	}
	return m.list()
}
