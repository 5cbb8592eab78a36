package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// destination is a file that will be written whole or not at all. Nothing is
// there before, and what was there stays until then.
type destination struct {
	name string
	to   *os.File // a pipe or a device, open; nil: a regular file, which is replaced
}

// newDestination finds out whether a file can be written, long before it is: an
// hour's result must not be lost to a misspelt directory. It leaves nothing
// behind.
func newDestination(name string) (*destination, error) {
	d := &destination{name: name}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = canCreate(followed(name))
	case err == nil && info.Mode().IsRegular():
		if stdout, err := os.Stdout.Stat(); err == nil && os.SameFile(info, stdout) {
			d.to = os.Stdout // by /dev/stdout or the like; it goes on where it is
			return d, nil
		}
		err = canOpen(name)
	case err == nil:
		d.to, err = os.OpenFile(name, os.O_WRONLY, 0)
	}
	if err != nil {
		return nil, d.trouble(err)
	}
	return d, nil
}

// canCreate tries whether a file can be made.
func canCreate(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(name)
}

// canOpen tries whether a file that is there can be written.
func canOpen(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// followed is the file that a chain of symbolic links ends at, whether it is
// there or not.
func followed(name string) string {
	const most = 40 // as Linux
	for range most {
		link, err := os.Readlink(name)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(name), link)
		}
		name = link
	}
	return name
}

// write writes what render does, which is all of the file; its error names it.
// After one, a regular file is as it was.
func (d *destination) write(render func(io.Writer) error) error {
	var text bytes.Buffer
	if err := render(&text); err != nil {
		return d.trouble(err)
	}
	if d.to == nil {
		return d.trouble(replace(followed(d.name), text.Bytes()))
	}
	if _, err := d.to.Write(text.Bytes()); err != nil {
		return d.trouble(err)
	}
	if d.to == os.Stdout {
		return nil
	}
	return d.trouble(d.to.Close())
}

// create begins a file that is written as things happen. What was there is gone
// then.
func (d *destination) create() (*os.File, error) {
	if d.to != nil {
		return d.to, nil
	}
	f, err := os.Create(d.name)
	return f, d.trouble(err)
}

// close ends what create began; of a file that got nothing, nothing stays.
func (d *destination) close(f *os.File) {
	if f == os.Stdout {
		return
	}
	info, err := f.Stat()
	f.Close() // each event was written through
	if d.to == nil && err == nil && info.Size() == 0 {
		_ = os.Remove(followed(d.name)) // it is empty in any case
	}
}

// trouble names the file as the user did, and once.
func (d *destination) trouble(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("write %s: %w", d.name, err)
}

// replace puts a file in the place of another, or in place of none. Where there
// can be no second file beside it (a directory that is not ours, a single file
// that is mounted into a container), it is written in place.
func replace(name string, content []byte) error {
	err := replaceWhole(name, content)
	if err == nil {
		return nil
	}
	for _, notBeside := range []error{fs.ErrPermission, syscall.EBUSY, syscall.EROFS, syscall.ENAMETOOLONG} {
		if errors.Is(err, notBeside) {
			return os.WriteFile(name, content, 0o666)
		}
	}
	return err
}
