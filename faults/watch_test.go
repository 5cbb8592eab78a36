package faults

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/imbench/imbench/internal/memnet"
)

func TestAnIdleConnectionExpiresToTheMoment(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts Counts
		moves  func(t *testing.T, c *Conn, peer *memnet.Conn)
		want   time.Duration // after ten seconds of one byte each second
		gap    time.Duration // that it survived
	}{
		{"what we write counts", CountData, func(t *testing.T, c *Conn, _ *memnet.Conn) { write(t, c, "x") }, 15 * time.Second, time.Second},
		{"what we read counts", CountData, func(t *testing.T, _ *Conn, p *memnet.Conn) { write(t, p, "x") }, 15 * time.Second, time.Second},
		{"what the server sends counts for nginx", CountServerData, func(t *testing.T, _ *Conn, p *memnet.Conn) { write(t, p, "x") }, 15 * time.Second, time.Second},
		{"what we write does not count for nginx", CountServerData, func(t *testing.T, c *Conn, _ *memnet.Conn) { write(t, c, "x") }, 5 * time.Second, 0},
		{"without a kernel, packets are data", CountPackets, func(t *testing.T, c *Conn, _ *memnet.Conn) { write(t, c, "x") }, 15 * time.Second, time.Second},
	} {
		for _, way := range []string{"plain", "pooled", "slow"} {
			t.Run(c.name+", "+way, func(t *testing.T) {
				inFakeTime(t, nil, func(t *testing.T, conn *Conn, peer *memnet.Conn) {
					go func() {
						for err := error(nil); err == nil; {
							if way == "plain" {
								_, err = conn.Read(make([]byte, 10))
							} else {
								_, err = pooled{conn}.Read(make([]byte, 10))
							}
						}
					}()
					synctest.Wait()
					start := time.Now()
					expired := make(chan time.Duration, 1)
					w := conn.WatchIdle(5*time.Second, 0, c.counts, func(idle time.Duration) {
						if idle != 5*time.Second {
							t.Errorf("expired after %s without traffic", idle)
						}
						expired <- time.Since(start)
					})
					if way == "slow" {
						shape(t, conn, late, late)
					}
					for range 10 {
						time.Sleep(time.Second)
						c.moves(t, conn, peer)
					}
					if at := <-expired; at != c.want {
						t.Errorf("expired at %s, want %s", at, c.want)
					}
					if gap := w.Stop(); gap != c.gap && way != "slow" {
						t.Errorf("the longest gap that it survived was %s, want %s", gap, c.gap)
					}
					if conn.state.Load()&watched != 0 {
						t.Error("it is still watched")
					}
				})
			})
		}
	}
}

func TestTheLongestGapIsTheOneThatAHeartbeatLeft(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
		w := c.WatchIdle(time.Minute, 0, CountData, func(time.Duration) { t.Error("expired") })
		for _, pause := range []time.Duration{10, 25, 10} {
			time.Sleep(pause * time.Second)
			write(t, c, "beat")
		}
		time.Sleep(5 * time.Second)
		if gap := w.Stop(); gap != 25*time.Second {
			t.Errorf("the longest gap was %s, want 25s", gap)
		}
		time.Sleep(time.Hour)
		if gap := w.Stop(); gap != 25*time.Second {
			t.Errorf("stopped again, it is %s", gap)
		}
	})
}

func TestTheOpenGapCountsToo(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
		w := c.WatchIdle(time.Minute, 0, CountData, func(time.Duration) { t.Error("expired") })
		time.Sleep(40 * time.Second)
		if gap := w.Stop(); gap != 40*time.Second {
			t.Errorf("the longest gap was %s, want 40s", gap)
		}
	})
}

func TestALifetimeEndsABusyConnection(t *testing.T) {
	for name, idle := range map[string]time.Duration{"with an idle time": time.Minute, "alone": 0} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
				start := time.Now()
				time.Sleep(time.Hour) // it was open before anybody watched
				expired := make(chan time.Duration, 1)
				w := c.WatchIdle(idle, 2*time.Hour, CountData, func(time.Duration) { expired <- time.Since(start) })
				for range 359 {
					time.Sleep(10 * time.Second)
					write(t, c, "x")
				}
				if at := <-expired; at != 2*time.Hour {
					t.Errorf("expired at %s", at)
				}
				w.Stop()
			})
		})
	}
}

func TestTwoBoxesMayWatchOneConnection(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
		start := time.Now()
		at := make(chan time.Duration, 2)
		note := func(time.Duration) { at <- time.Since(start) }
		c.WatchIdle(10*time.Second, 0, CountServerData, note)
		c.WatchIdle(8*time.Second, 0, CountData, note)
		time.Sleep(5 * time.Second)
		write(t, c, "x")
		if first, second := <-at, <-at; first != 10*time.Second || second != 13*time.Second {
			t.Errorf("they expired at %s and %s", first, second)
		}
	})
}

func TestAClosedConnectionDoesNotExpire(t *testing.T) {
	for _, end := range []func(*Conn) error{(*Conn).Close, (*Conn).Reset} {
		inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
			w := c.WatchIdle(10*time.Second, 0, CountData, func(time.Duration) { t.Error("expired") })
			time.Sleep(time.Second)
			_ = end(c)
			time.Sleep(time.Minute)
			synctest.Wait()
			w.Stop()
		})
	}
}

func TestAWatchMayBeStoppedByWhatItCalls(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
		gap := make(chan time.Duration)
		var w *IdleWatch
		ready := make(chan struct{})
		w = c.WatchIdle(time.Second, 0, CountData, func(time.Duration) { <-ready; gap <- w.Stop() })
		close(ready)
		if g := <-gap; g != 0 {
			t.Errorf("it survived a gap of %s", g)
		}
	})
}

func TestWhatASilenceHoldsBackDoesNotCountUntilItMoves(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
		w := c.WatchIdle(time.Minute, 0, CountData, func(time.Duration) { t.Error("expired") })
		if _, err := c.Silence(Outbound); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			time.Sleep(time.Second)
			write(t, c, "x")
		}
		if err := c.Heal(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if gap := w.Stop(); gap != 10*time.Second {
			t.Errorf("the longest gap was %s, want 10s", gap)
		}
	})
}
