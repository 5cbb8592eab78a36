package faults

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

func TestAServerDiesWithAnImbenchThatIsKilled(t *testing.T) {
	imbench := exec.Command(os.Args[0], freeAddress(t))
	imbench.Env = append(os.Environ(), actAs+"=imbench")
	stdout, err := imbench.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := imbench.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	var pid int
	if _, scanErr := fmt.Sscanf(line, "child %d\n", &pid); err != nil || scanErr != nil {
		t.Errorf("it said %q, %v", line, err)
	}
	_ = imbench.Process.Kill()
	_ = imbench.Wait() // "signal: killed"
	if pid != 0 {
		eventually(t, "the server has gone", func() bool { return gone(pid) })
	}
}
