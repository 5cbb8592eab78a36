package vitals

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// ErrGone reports that a watched process and all its descendants have ended.
var ErrGone = errors.New("process has ended")

// Sample is what a process and its descendants use at one moment.
type Sample struct {
	// CPU is user and system time since each process started, in steps of
	// 10 ms on Linux. It never goes down: what a descendant used until it was
	// last seen stays in the sum.
	CPU time.Duration
	// RSS is resident memory in bytes. Pages that several processes share
	// count once for each.
	RSS int64
	// FDs is how many descriptors are open, -1 when the system does not tell.
	FDs int
	// Processes is how many are alive.
	Processes int
}

// Process is a watched process, with its descendants when Watch made it.
type Process struct {
	mu      sync.Mutex
	members map[int32]*member // by pid
	family  *family           // finds new descendants; nil when none count
	ended   time.Duration     // CPU of members no longer in the table
	peak    Sample
}

// member is one process of the watched ones.
type member struct {
	born  int64 // creation time, ms since the epoch: a pid alone may be reused
	cpu   time.Duration
	ended bool // kept while its parent has not noticed, lest it be adopted again
}

// Watch watches the process pid and its descendants, also those that start
// later or outlive their parents. It fails with ErrGone when there is no such
// process.
func Watch(pid int32) (*Process, error) {
	p, err := watch(pid)
	if err != nil {
		return nil, fmt.Errorf("watch process %d: %w", pid, err)
	}
	p.family = newFamily()
	return p, nil
}

// Self watches this process alone, without the server that it may have
// started.
func Self() (*Process, error) {
	p, err := watch(int32(os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("watch this process: %w", err)
	}
	return p, nil
}

func watch(pid int32) (*Process, error) {
	born, err := bornAt(pid)
	if err != nil {
		return nil, err
	}
	return &Process{
		members: map[int32]*member{pid: {born: born}},
		peak:    Sample{FDs: -1},
	}, nil
}

// Sample takes the figures now. When all have ended it returns what CPU they
// had used, with ErrGone. A descendant that starts and ends between two
// samples is not seen.
func (p *Process) Sample() (Sample, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.family != nil {
		if err := p.adopt(); err != nil {
			return Sample{CPU: p.ended + p.cpu()}, fmt.Errorf("look for child processes: %w", err)
		}
	}
	s := Sample{}
	for pid, m := range p.members {
		if err := s.add(pid, m); err != nil {
			return Sample{CPU: p.ended + p.cpu()}, err
		}
	}
	s.CPU = p.ended + p.cpu()
	if s.Processes == 0 {
		return s, ErrGone
	}
	p.peak.CPU = s.CPU
	p.peak.RSS = max(p.peak.RSS, s.RSS)
	p.peak.FDs = max(p.peak.FDs, s.FDs)
	p.peak.Processes = max(p.peak.Processes, s.Processes)
	return s, nil
}

// Peak returns the highest of each figure that Sample has seen so far. What
// rose and fell between two samples is not in it.
func (p *Process) Peak() Sample {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

// adopt makes new descendants members, and lets go of ended ones.
func (p *Process) adopt() error {
	pids, err := p.family.descendants(p.members)
	if err != nil {
		return err
	}
	for pid, m := range p.members {
		if m.ended && !p.family.present(pid) {
			p.ended += m.cpu
			delete(p.members, pid)
		}
	}
	for _, pid := range pids {
		born, err := bornAt(pid)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		p.members[pid] = &member{born: born}
	}
	return nil
}

// add adds the figures of m, the process pid, or marks it as ended.
func (s *Sample) add(pid int32, m *member) error {
	if m.ended {
		return nil
	}
	f, err := look(pid, m.born)
	m.cpu = max(m.cpu, f.cpu)
	if errors.Is(err, ErrGone) {
		m.ended = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at process %d: %w", pid, err)
	}
	s.RSS += f.rss
	s.Processes++
	if f.fds < 0 || s.FDs < 0 {
		s.FDs = -1
	} else {
		s.FDs += f.fds
	}
	return nil
}

// cpu is what the members have used.
func (p *Process) cpu() (sum time.Duration) {
	for _, m := range p.members {
		sum += m.cpu
	}
	return sum
}

// bornAt returns a process's creation time in ms since the epoch.
func bornAt(pid int32) (int64, error) {
	born, err := (&process.Process{Pid: pid}).CreateTime()
	return born, orGone(pid, err)
}

// orGone is ErrGone when err comes from the process's end, and err otherwise.
func orGone(pid int32, err error) error {
	if err == nil {
		return nil
	}
	if alive, e := process.PidExists(pid); e == nil && !alive {
		return ErrGone
	}
	return err
}
