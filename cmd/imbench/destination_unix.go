//go:build !windows

package main

import (
	"path/filepath"

	"github.com/google/renameio/v2"
)

// replaceWhole writes a file beside the one that is meant, and then renames it;
// the mode of one that is there is kept.
func replaceWhole(name string, content []byte) error {
	return renameio.WriteFile(name, content, 0o666, renameio.WithTempDir(filepath.Dir(name)))
}
