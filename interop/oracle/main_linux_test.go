package oracle_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// startWithin bounds what should take no time, on a busy machine.
const startWithin = 30 * time.Second

// TestMain lets all of these tests run side by side: they wait for the
// kernel's timers, and hardly compute.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// lacking skips a test for what this machine lacks; in CI there is no excuse.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// needRoot skips a test that cannot have namespaces. That is so in CI, too: it
// is the one thing that setup-interop.sh cannot install.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: silence was not held against nft and a NAT, which takes network namespaces")
	}
}

// program finds a program of a Debian package.
func program(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	lacking(t, name+" is not installed: scripts/setup-interop.sh")
	return ""
}
