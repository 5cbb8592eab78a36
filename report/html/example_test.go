package html_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/html"
)

// A result that was read from its file becomes a page.
func ExampleRender() {
	f, err := os.Open("testdata/full.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	var page strings.Builder
	if err := html.Render(&page, r); err != nil {
		fmt.Println(err)
		return
	}
	title, _, _ := strings.Cut(page.String(), "</title>")
	fmt.Println(title[strings.LastIndex(title, ">")+1:])
	// Output: failed: everything at once – imbench
}
