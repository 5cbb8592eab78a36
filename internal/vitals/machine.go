package vitals

import (
	"fmt"
	"runtime"

	"github.com/dustin/go-humanize"
	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/mem"
)

// Machine is where a figure was taken, so that it can be told beside it.
type Machine struct {
	CPU    string // model, "" where the system does not tell
	Cores  int    // that this process may use
	Memory int64  // bytes
	OS     string // as in GOOS
	Kernel string // version
	Go     string // version of the toolchain
}

// ThisMachine describes the machine this process runs on.
func ThisMachine() (Machine, error) {
	m := Machine{Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS, Go: runtime.Version()}
	memory, err := mem.VirtualMemory()
	if err != nil {
		return m, fmt.Errorf("read the machine's memory: %w", err)
	}
	m.Memory = int64(memory.Total)
	if m.Kernel, err = host.KernelVersion(); err != nil {
		return m, fmt.Errorf("read the kernel's version: %w", err)
	}
	if cpus, err := cpu.Info(); err == nil && len(cpus) > 0 {
		m.CPU = cpus[0].ModelName
	}
	return m, nil
}

// String is one line: "2 cores AMD EPYC, 24 GiB, linux 6.18.1, go1.26.8".
func (m Machine) String() string {
	cores := fmt.Sprintf("%d cores", m.Cores)
	if m.Cores == 1 {
		cores = "1 core"
	}
	if m.CPU != "" {
		cores += " " + m.CPU
	}
	return fmt.Sprintf("%s, %s, %s %s, %s", cores, humanize.IBytes(uint64(max(m.Memory, 0))), m.OS, m.Kernel, m.Go)
}
