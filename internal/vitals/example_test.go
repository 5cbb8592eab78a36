package vitals_test

import (
	"fmt"
	"os"

	"github.com/imbench/imbench/internal/vitals"
)

func ExampleWatch() {
	p, err := vitals.Watch(int32(os.Getpid()))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := p.Sample()
	fmt.Println(err, s.RSS > 1<<20, s.FDs > 0, p.Peak() == s)
	// Output: <nil> true true true
}

func ExampleMachine_String() {
	fmt.Println(vitals.Machine{
		CPU: "AMD EPYC", Cores: 2, Memory: 24 << 30, OS: "linux", Kernel: "6.18.1", Go: "go1.26.8",
	})
	// Output: 2 cores AMD EPYC, 24 GiB, linux 6.18.1, go1.26.8
}
