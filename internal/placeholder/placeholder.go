// Package placeholder finds the ${NAME} in a text that somebody wrote. What a name may
// be, and what comes in its place, is its callers' matter: the variables of a
// scenario, the slots of a protocol's frames.
package placeholder

import "strings"

// Next cuts text at its first ${: literal is what stands before it, in which
// each $${ has become the plain ${ that it stands for, and after is what follows
// it, from the name on. Without a ${, found is false and literal all there is.
func Next(text string) (literal, after string, found bool) {
	var plain strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		escaped, isEscape := strings.CutSuffix(before, "$")
		if !found || !isEscape {
			return plain.String() + before, rest, found
		}
		plain.WriteString(escaped + "${")
		text = rest
	}
}
