package nearest

import "testing"

func TestTheNameThatWasMeant(t *testing.T) {
	known := []string{"silence", "reset", "close", "bye", "clients"}
	for _, c := range []struct{ why, name, want string }{
		{"a letter swapped", "slience", "silence"},
		{"a letter missing", "silnce", "silence"},
		{"another case", "RESET", "reset"},
		{"a letter too many", "clientss", "clients"},
		{"nothing like it", "bandwidth", ""},
		{"too short to guess from", "x", ""},
	} {
		if got := Name(c.name, known); got != c.want {
			t.Errorf("%s: %q gave %q, want %q", c.why, c.name, got, c.want)
		}
	}
}
