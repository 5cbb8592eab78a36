package unit

import (
	"encoding"
	"testing"
)

func TestQuantitiesPrintAsWhatTheyParseFrom(t *testing.T) {
	for text, q := range map[string]interface {
		encoding.TextUnmarshaler
		String() string
	}{
		"500/s": new(Rate), "30/min": new(Rate), "0/s": new(Rate), "0.25/s": new(Rate),
		"100/s..1000/s": new(Ramp), "7/s": new(Ramp),
		"200B": new(Size), "4KB": new(Size), "1MiB": new(Size), "0B": new(Size),
		"16KB/s": new(Bandwidth), "1MiB/s": new(Bandwidth), "500B/s": new(Bandwidth),
		"20%": new(Share), "0.5%": new(Share), "50": new(Share),
	} {
		if err := q.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		again := q.String()
		if err := q.UnmarshalText([]byte(again)); err != nil || q.String() != again {
			t.Errorf("%s printed as %s, which does not parse to the same: %v", text, again, err)
		}
		if text != "0.25/s" && again != text {
			t.Errorf("%s printed as %s", text, again)
		}
	}
}

func TestWrongQuantitiesSayWhatWouldBeRight(t *testing.T) {
	for text, q := range map[string]encoding.TextUnmarshaler{
		"500": new(Rate), "fast": new(Rate), "-1/s": new(Rate), "5/fortnight": new(Rate), "NaN/s": new(Rate),
		"1/s..": new(Ramp), "200": new(Size), "-3B": new(Size), "NaNB": new(Size),
		"16KB": new(Bandwidth), "16/s": new(Bandwidth), "fast/s": new(Bandwidth), "-1KB/s": new(Bandwidth),
		"120%": new(Share), "0": new(Share), "-5": new(Share), "some": new(Share), "NaN%": new(Share),
	} {
		if err := q.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken for a %T", text, q)
		}
	}
}

func TestShareTakesWholeClients(t *testing.T) {
	for _, c := range []struct {
		name  string
		share Share
		of    int
		want  int
	}{
		{"a fifth of ten is two", Share{Percent: 20}, 10, 2},
		{"a tiny share takes at least one", Share{Percent: 0.1}, 10, 1},
		{"a count is capped at all", Share{Count: 50}, 10, 10},
		{"nothing of nobody", Share{Percent: 50}, 0, 0},
		{"not given takes none", Share{}, 10, 0},
	} {
		if got := c.share.Of(c.of); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
