package build_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/imbench/imbench/internal/build"
)

func TestWhatIsBuiltIsImbench(t *testing.T) {
	imbench, err := build.Imbench(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), imbench, "--version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "imbench") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestWhatCannotBeBuiltIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if imbench, err := build.Imbench(ctx, t.TempDir()); err == nil || imbench != "" {
		t.Errorf("%q, %v", imbench, err)
	}
}
