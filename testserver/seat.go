package testserver

// seat is where a member stands in a list, so that it can leave without being
// looked for. What guards the list guards it.
type seat struct{ at int }

func (s *seat) place() *int { return &s.at }

// seated has a seat, in one list at a time.
type seated interface{ place() *int }

// withMember appends m to the list.
func withMember[M seated](list []M, m M) []M {
	*m.place() = len(list)
	return append(list, m)
}

// withoutMember takes m out of the list; the last one moves to its seat.
func withoutMember[M seated](list []M, m M) []M {
	at, last := *m.place(), len(list)-1
	list[at] = list[last]
	*list[at].place() = at
	clear(list[last:])
	return list[:last]
}
