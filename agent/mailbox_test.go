package agent

import (
	"sync"
	"testing"
	"time"
)

func TestMailboxLosesNoLetterAndKeepsEachSendersOrder(t *testing.T) {
	m := newMailbox()
	const senders, each = 8, 2000
	clients := make([]client, senders)
	var posting sync.WaitGroup
	for i := range clients {
		posting.Go(func() {
			for n := range each {
				m.post(letter{client: &clients[i], at: time.Duration(n)})
			}
		})
	}
	got := map[*client]time.Duration{}
	for total := 0; total < senders*each; {
		<-m.wake
		for _, l := range m.take() {
			if l.at != got[l.client] {
				t.Fatalf("letter %d came when %d was due", l.at, got[l.client])
			}
			got[l.client]++
			total++
		}
	}
	posting.Wait()
	if left := m.take(); len(left) != 0 {
		t.Errorf("%d letters too many", len(left))
	}
}
