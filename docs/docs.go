// Package docs holds the pages of this folder that the program itself reads, so
// that what it says of a key and what the page says are one text.
package docs

import _ "embed" // for the pages

// Scenario is scenario.md.
//
//go:embed scenario.md
var Scenario string
