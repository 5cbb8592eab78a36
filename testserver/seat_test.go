package testserver

import (
	"slices"
	"testing"
)

func TestMembersLeaveInAnyOrderAndTheOthersKnowTheirSeats(t *testing.T) {
	type member struct {
		seat
		name string
	}
	for name, leaving := range map[string][]int{
		"the last first":  {3, 2, 1, 0},
		"the first first": {0, 1, 2, 3},
		"from the middle": {1, 3, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			all := []*member{{name: "a"}, {name: "b"}, {name: "c"}, {name: "d"}}
			var list []*member
			for _, m := range all {
				list = withMember(list, m)
			}
			for n, i := range leaving {
				list = withoutMember(list, all[i])
				if len(list) != len(all)-n-1 || slices.Contains(list, all[i]) || list[:len(list)+1][len(list)] != nil {
					t.Fatalf("%s left, and %d are in the list", all[i].name, len(list))
				}
				for at, m := range list {
					if m.at != at {
						t.Errorf("%s is at %d and believes %d", m.name, at, m.at)
					}
				}
			}
		})
	}
}
