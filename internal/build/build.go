// Package build builds imbench from this checkout, for commands and tests that
// run it as whole processes.
package build

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Imbench builds imbench into dir and returns the program's file. It must be
// called within the module. The error has what the compiler said.
func Imbench(ctx context.Context, dir string) (file string, err error) {
	file = filepath.Join(dir, "imbench")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", file, "github.com/imbench/imbench/cmd/imbench").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build imbench: %w\n%s", err, out)
	}
	return file, nil
}
