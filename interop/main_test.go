package interop_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets more of these tests run side by side than there are
// processors: they wait more than they compute.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "5"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
