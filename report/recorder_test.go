package report_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

// build sums a recorder of the groups "a" and "b" and the fault "nat" up.
func build(r *report.Recorder) *report.Result {
	return report.Build(report.Run{
		Recorder: r, Groups: []report.GroupInfo{{Name: "a", Clients: 2}, {Name: "b", Clients: 1}},
		Faults: []report.FaultInfo{{Name: "nat", Kind: "silence"}},
	})
}

func TestReceiptsBecomeCountsAndTimes(t *testing.T) {
	for _, c := range []struct {
		name    string
		receipt report.Receipt
		counts  []report.Count
		times   []report.Metric
	}{
		{"live", report.Receipt{}, nil, []report.Metric{report.Delivery}},
		{"recovered", report.Receipt{Class: report.Resumed}, nil, []report.Metric{report.Recovery}},
		{"duplicate", report.Receipt{Class: report.Duplicate}, []report.Count{report.Duplicated}, nil},
		{"unsolicited", report.Receipt{Class: report.Unsolicited}, []report.Count{report.Unexpected}, nil},
		{"reordered", report.Receipt{Reordered: true}, []report.Count{report.Reordered}, []report.Metric{report.Delivery}},
		{"last receiver", report.Receipt{Complete: true}, nil, []report.Metric{report.Delivery, report.Fanout}},
		{"own echo", report.Receipt{OwnEcho: true}, nil, []report.Metric{report.Delivery, report.Roundtrip}},
	} {
		r := report.NewRecorder(2, 1)
		r.Receive(1, c.receipt, 5*ms)
		got := build(r)
		if len(got.Metrics) != len(c.times) || len(got.Groups["a"].Metrics) != 0 {
			t.Errorf("%s: %d times, %d of the other group", c.name, len(got.Metrics), len(got.Groups["a"].Metrics))
		}
		for _, m := range c.times {
			if s := got.Groups["b"].Metrics[m.String()]; s == nil || s.Max != 5 {
				t.Errorf("%s: %v is %+v", c.name, m, s)
			}
		}
		for _, n := range c.counts {
			if got.Counts[n.String()] != 1 || got.Groups["b"].Counts[n.String()] != 1 {
				t.Errorf("%s: %v is not counted", c.name, n)
			}
		}
	}
}

func TestAFaultsStoryIsToldForTheFaultAndItsGroup(t *testing.T) {
	r := report.NewRecorder(2, 1)
	r.FaultApplied(0, "md5")
	r.FaultApplied(0, "md5")
	r.FaultApplied(0, "stall")
	r.FaultApplied(0, "")
	r.FaultNotApplied(0, "offline")
	r.FaultDetected(0, 0, "heartbeat timeout", 2*time.Second)
	r.FaultReconnected(0, 0, 100*ms)
	r.FaultOutage(0, 0, 3*time.Second)
	r.FaultUnnoticed(0)
	r.FaultNeverDetected(0, 1, 20*time.Second)
	r.FaultNeverRecovered(0, 1, 20*time.Second, 3*time.Second)
	r.FaultNeverRecovered(0, 1, 21*time.Second, 4*time.Second)
	r.FaultGhost(0, 0, 5*time.Second, false)
	r.FaultGhost(0, 1, 30*time.Second, true)
	r.FaultReconnected(report.NoFault, 0, 200*ms)
	r.FaultOutage(report.NoFault, 0, 300*ms)

	got := build(r)
	f := got.Faults[0]
	for what, pair := range map[string][2]int64{
		"applied":         {f.Clients, 4},
		"not applied":     {f.NotApplied, 1},
		"detected":        {f.Detected, 1},
		"unnoticed":       {f.Unnoticed, 1},
		"never detected":  {f.NeverDetected, 1},
		"recovered":       {f.Recovered, 1},
		"never recovered": {f.NeverRecovered, 2},
		"ghosts":          {f.Ghosts, 1},
		"by md5":          {f.Mechanism["md5"], 2},
		"by timeout":      {f.Causes["heartbeat timeout"], 1},

		"detect":             {f.Detect.Count, 2},
		"detect censored":    {f.Detect.Censored, 1},
		"reconnect":          {f.Reconnect.Count, 3},
		"reconnect censored": {f.Reconnect.Censored, 2},
		"outage":             {f.Outage.Count, 3},
		"outage censored":    {f.Outage.Censored, 2},
		"ghost":              {f.Ghost.Count, 2},
		"ghost censored":     {f.Ghost.Censored, 1},

		"reconnects of all":      {got.Metrics["reconnect"].Count, 4},
		"outages of all":         {got.Metrics["outage"].Count, 4},
		"reconnects of a":        {got.Groups["a"].Metrics["reconnect"].Count, 2},
		"never detected of b":    {got.Groups["b"].Counts["never_detected"], 1},
		"never recovered of all": {got.Counts["never_recovered"], 2},
		"ghosts of b":            {got.Groups["b"].Counts["ghosts"], 1},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d, want %d", what, pair[0], pair[1])
		}
	}
	if d := cmp.Diff([]string{"offline"}, f.Errors); d != "" {
		t.Error(d)
	}
}

func TestTickTellsWhatCameSinceTheLast(t *testing.T) {
	a, b := report.NewRecorder(2, 0), report.NewRecorder(2, 0)
	for i, r := range []*report.Recorder{a, b} {
		r.Add(report.Connects, i, 3)
		r.Add(report.Disconnects, 0, 1)
		r.Add(report.Sent, 1, 10)
		r.Receive(0, report.Receipt{}, time.Duration(10*(i+1))*ms)
		r.Receive(0, report.Receipt{Class: report.Resumed}, time.Hour)
		r.Observe(report.Lag, 0, 2*ms)
	}
	i := a.Tick()
	i.Add(b.Tick())
	s := i.Second(3)
	if s.Histogram == "" {
		t.Error("no histogram to merge")
	}
	s.Histogram = ""
	want := report.Second{TS: 3, Connects: 6, Disconnects: 2, Sent: 20, Delivered: 4, DeliveryP50Ms: 10, DeliveryP99Ms: 20, DeliveryMaxMs: 20, LagP99Ms: 2}
	for _, v := range []*float64{&s.DeliveryP50Ms, &s.DeliveryP99Ms, &s.DeliveryMaxMs, &s.LagP99Ms} {
		*v = float64(int(*v*100)) / 100 // two digits
		if *v = float64(int(*v)); *v == 0 {
			t.Errorf("no time in %+v", s)
		}
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	next := a.Tick()
	if d := cmp.Diff(report.Second{TS: 4}, next.Second(4)); d != "" {
		t.Errorf("the next second is not empty (-want +got)\n%s", d)
	}
}

func TestRecordersMergeInAnyOrder(t *testing.T) {
	record := func(i int) *report.Recorder {
		r := report.NewRecorder(2, 1)
		r.Observe(report.Connect, i%2, time.Duration(i+1)*ms)
		r.Add(report.Connects, i%2, int64(i))
		r.Closed(fmt.Sprint("cause ", i%2), 0)
		r.ProtocolError("no JSON", fmt.Sprint("text ", 9-i))
		r.ConnectError(fmt.Sprint("kind ", i), "refused")
		r.FaultApplied(0, "md5")
		r.FaultNeverDetected(0, 1, time.Duration(i+1)*time.Second)
		r.FaultNotApplied(0, fmt.Sprint("reason ", i))
		return r
	}
	merge := func(order ...int) *report.Result {
		all := report.NewRecorder(2, 1)
		for _, i := range order {
			all.Merge(record(i))
		}
		return build(all)
	}
	want := merge(0, 1, 2)
	nested := record(2)
	inner := record(1)
	inner.Merge(record(0))
	nested.Merge(inner)
	for name, got := range map[string]*report.Result{"other order": merge(2, 0, 1), "nested": build(nested)} {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	if want.Counts["connects"] != 3 || want.ProtocolErrors[0] != (report.Quote{Kind: "no JSON", Count: 3, First: "text 7"}) {
		t.Errorf("%d connects, %+v", want.Counts["connects"], want.ProtocolErrors)
	}
}

func TestWhatServersSayIsBoundedAndSafe(t *testing.T) {
	r := report.NewRecorder(2, 1)
	for i := range 1000 {
		r.ProtocolError(fmt.Sprint("kind ", i), "x")
		r.Closed(fmt.Sprint("cause ", i), 0)
		r.FaultNotApplied(0, fmt.Sprint("reason ", i))
	}
	r.ConnectError("\x1b[2J", strings.Repeat("é", 500)+"\x1b]0;gone\a")
	got := build(r)
	var sum int64
	for _, q := range got.ProtocolErrors {
		sum += q.Count
	}
	if len(got.ProtocolErrors) != 65 || sum != 1000 || got.ProtocolErrors[0].Kind != "other" {
		t.Errorf("%d kinds of %d errors, first %+v", len(got.ProtocolErrors), sum, got.ProtocolErrors[0])
	}
	if len(got.Closes) != 65 || got.Closes["other"] != 936 || len(got.Faults[0].Errors) != 65 {
		t.Errorf("%d causes, %d other; %d reasons", len(got.Closes), got.Closes["other"], len(got.Faults[0].Errors))
	}
	q := got.ConnectErrors[0]
	if strings.ContainsAny(q.Kind+q.First, "\x1b\a") || len(q.First) > 210 || !strings.HasSuffix(q.First, "é…") {
		t.Errorf("%+v", q)
	}
}

func TestARecorderIsSafeForConcurrentUse(t *testing.T) {
	r := report.NewRecorder(2, 1)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 1000 {
				r.Receive(g%2, report.Receipt{}, time.Duration(i)*time.Microsecond)
				r.Observe(report.Lag, g%2, time.Microsecond)
				r.FaultApplied(0, "md5")
			}
		})
	}
	var received int64
	all.Go(func() {
		for range 10 {
			received += r.Tick().Received
		}
	})
	all.Wait()
	received += r.Tick().Received
	if received != 4000 || build(r).Metrics["delivery"].Count != 4000 {
		t.Errorf("%d received", received)
	}
}
