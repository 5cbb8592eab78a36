package main

import (
	"os"
	"strings"
	"syscall"
)

// smallStacks keeps new goroutines at a stack of 2 KB. The runtime would begin
// with more once many goroutines with deep stacks, such as dials, were about,
// and a client that is parked for good never gives it back: 2 KB for each of
// thousands. The runtime takes the setting at its start only.
const smallStacks = "adaptivestackstart=0"

// marked tells the process that has replaced itself.
const marked = "IMBENCH_SMALL_STACKS"

// startLean replaces the process by itself with small stacks, once. What it
// starts in turn does not inherit the setting. Where that cannot be done, the
// run takes more memory, and no harm is done.
func startLean() {
	set := os.Getenv("GODEBUG")
	if os.Getenv(marked) != "" {
		_ = os.Unsetenv(marked)
		if rest := strings.TrimSuffix(strings.TrimSuffix(set, smallStacks), ","); rest != "" {
			_ = os.Setenv("GODEBUG", rest)
		} else {
			_ = os.Unsetenv("GODEBUG")
		}
		return
	}
	if strings.Contains(set, "adaptivestackstart") {
		return // somebody's own choice
	}
	if set != "" {
		set += ","
	}
	env := append(os.Environ(), marked+"=1", "GODEBUG="+set+smallStacks)
	_ = syscall.Exec("/proc/self/exe", os.Args, env) // returns only if it fails
}
