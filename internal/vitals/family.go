package vitals

import "github.com/shirou/gopsutil/v4/process"

// family finds the descendants of processes. It remembers everybody's parent
// and asks only about pids that are new, because asking about all of a
// machine's processes takes milliseconds. It is not safe for concurrent use.
type family struct {
	parent map[int32]int32 // of each pid alive when last looked
	pids   func() ([]int32, error)
	ppid   func(pid int32) (int32, error)
}

func newFamily() *family {
	return &family{
		parent: map[int32]int32{},
		pids:   process.Pids,
		ppid:   func(pid int32) (int32, error) { return (&process.Process{Pid: pid}).Ppid() },
	}
}

// descendants returns the pids of processes that descend from one of known
// and are not themselves in it.
func (f *family) descendants(known map[int32]*member) ([]int32, error) {
	if err := f.look(); err != nil {
		return nil, err
	}
	var found []int32
	ours := map[int32]bool{}
	for more := true; more; { // a child's pid may be lower than its parent's
		more = false
		for pid, parent := range f.parent {
			if known[pid] != nil || ours[pid] || (known[parent] == nil && !ours[parent]) {
				continue
			}
			ours[pid], more = true, true
			found = append(found, pid)
		}
	}
	return found, nil
}

// present reports whether there was a process pid at the last look.
func (f *family) present(pid int32) bool {
	_, ok := f.parent[pid]
	return ok
}

// look brings parent up to date.
func (f *family) look() error {
	pids, err := f.pids()
	if err != nil {
		return err
	}
	now := make(map[int32]int32, len(pids))
	for _, pid := range pids {
		parent, seen := f.parent[pid]
		if !seen {
			if parent, err = f.ppid(pid); err != nil {
				continue // ended meanwhile, or not ours to see
			}
		}
		now[pid] = parent
	}
	f.parent = now
	return nil
}
