package placeholder

import (
	"fmt"
	"strings"
	"testing"
)

func TestNextFindsTheFirstSlotAndResolvesWhatIsEscapedBeforeIt(t *testing.T) {
	for text, want := range map[string]struct {
		literal, after string
		found          bool
	}{
		"":                 {"", "", false},
		"plain":            {"plain", "", false},
		"a $ and a {":      {"a $ and a {", "", false},
		"a dollar $":       {"a dollar $", "", false},
		"${name}":          {"", "name}", true},
		"hi ${name}, ${b}": {"hi ", "name}, ${b}", true},
		"hi ${":            {"hi ", "", true},
		"$${name}":         {"${name}", "", false},
		"$${a} and ${b}":   {"${a} and ", "b}", true},
		"$${a}$${b}${c}":   {"${a}${b}", "c}", true},
		"$$${a}":           {"$${a}", "", false},
		"$":                {"$", "", false},
		"$${":              {"${", "", false},
	} {
		if literal, after, found := Next(text); literal != want.literal || after != want.after || found != want.found {
			t.Errorf("%q: %q, %q, %v; want %+v", text, literal, after, found, want)
		}
	}
}

func ExampleNext() {
	text := "to ${room}: $${this} is ${content}"
	for {
		literal, after, found := Next(text)
		fmt.Printf("%q\n", literal)
		if !found {
			break
		}
		name, rest, _ := strings.Cut(after, "}")
		fmt.Println("slot", name)
		text = rest
	}
	// Output:
	// "to "
	// slot room
	// ": ${this} is "
	// slot content
	// ""
}
