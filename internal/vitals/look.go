package vitals

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// figures are one process's.
type figures struct {
	cpu time.Duration
	rss int64
	fds int // -1: not told
}

// sameBirth is how far two readings of one process's creation time may lie
// apart, in ms: on Linux it is reckoned from the time of boot, which is told
// in whole seconds and moves when the clock is set.
const sameBirth = 2000

// look reads the figures of the process pid that was born at born. It fails
// with ErrGone when that process has ended; when only its parent has not
// noticed yet, its CPU time comes with the error.
func look(pid int32, born int64) (figures, error) {
	now, err := bornAt(pid)
	if err != nil {
		return figures{}, err
	}
	if now-born > sameBirth || born-now > sameBirth {
		return figures{}, ErrGone // somebody else has its pid
	}
	p := &process.Process{Pid: pid}
	times, err := p.Times()
	if err != nil {
		return figures{}, orGone(pid, err)
	}
	f := figures{cpu: seconds(times.User + times.System)}
	status, err := p.Status()
	if err != nil {
		return f, orGone(pid, err)
	}
	if slices.Contains(status, process.Zombie) {
		return f, ErrGone
	}
	memory, err := p.MemoryInfo()
	if err != nil {
		return f, orGone(pid, err)
	}
	f.rss = int64(memory.RSS)
	f.fds = descriptors(p)
	return f, nil
}

// descriptors counts p's open descriptors, or returns -1 when the system does
// not tell. Since 6.2 Linux gives the number as the size of the directory; to
// list 18,000 of them took 21 ms and 1.3 MB, to ask for the size 3 µs.
func descriptors(p *process.Process) int {
	if runtime.GOOS == "linux" {
		if dir, err := os.Stat(fmt.Sprintf("/proc/%d/fd", p.Pid)); err == nil && dir.Size() > 0 {
			return int(dir.Size())
		}
	}
	n, err := p.NumFDs()
	if err != nil {
		return -1
	}
	return int(n)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
