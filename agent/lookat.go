package agent

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/report"
)

// remarkable is how many clients of each sort a shard remembers.
const remarkable = 10

// remarks are what a shard remembers of single clients, so that a run that
// did not pass can name those to look at. Its shard owns it, but for complaints.
// Nothing of it is touched for a message.
type remarks struct {
	slowest  map[matter][]remark // the longest first
	never    map[matter][]remark
	baseless map[uint32]int

	mu         sync.Mutex
	complaints map[uint32]int // by readers
}

// matter is a metric, and the fault that it is about.
type matter struct {
	metric report.Metric
	fault  int // report.NoFault for none
}

type remark struct {
	client uint32
	took   time.Duration
}

// took notes how long something took a client.
func (s *remarks) took(m report.Metric, fault int, client uint32, d time.Duration) {
	insert(&s.slowest, matter{m, fault}, remark{client, d})
}

// notIn notes that something had not happened to a client so long after it
// could have.
func (s *remarks) notIn(m report.Metric, fault int, client uint32, d time.Duration) {
	insert(&s.never, matter{m, fault}, remark{client, d})
}

func insert(into *map[matter][]remark, of matter, one remark) {
	all := (*into)[of]
	if len(all) == remarkable && all[remarkable-1].took >= one.took {
		return
	}
	if *into == nil {
		*into = map[matter][]remark{}
	}
	i, _ := slices.BinarySearchFunc(all, one, longerFirst)
	all = slices.Insert(all, i, one)
	(*into)[of] = all[:min(len(all), remarkable)]
}

func longerFirst(a, b remark) int {
	return cmp.Or(cmp.Compare(b.took, a.took), cmp.Compare(a.client, b.client))
}

// remarkOn notes what had not happened to the client at the end.
func (c *client) remarkOn(end time.Duration, neverBack bool) {
	e, s := c.episode, &c.shard.remarks
	switch {
	case neverBack && (e == nil || e.detectedAt == 0 || e.readyAt > 0):
		s.notIn(report.Reconnect, report.NoFault, c.id, end-c.lostAt)
	case neverBack:
		s.notIn(report.Reconnect, e.fault, c.id, end-e.detectedAt)
	case e != nil && e.detectedAt == 0 && e.over == 0:
		s.notIn(report.Detect, e.fault, c.id, end-e.at)
	}
}

// falseLoss notes that a client lost a connection that no fault had touched.
func (s *remarks) falseLoss(client uint32) { count(&s.baseless, client) }

// complaint notes that a client was sent what breaks the protocol. Safe for
// concurrent use.
func (s *remarks) complaint(client uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count(&s.complaints, client)
}

// count counts for the first clients it is asked to.
func count(in *map[uint32]int, client uint32) {
	if *in == nil {
		*in = map[uint32]int{}
	}
	if _, known := (*in)[client]; known || len(*in) < remarkable {
		(*in)[client]++
	}
}

// merge adds what another shard, which has come to rest, remembers.
func (s *remarks) merge(o *remarks) {
	for of, all := range o.slowest {
		for _, one := range all {
			insert(&s.slowest, of, one)
		}
	}
	for of, all := range o.never {
		for _, one := range all {
			insert(&s.never, of, one)
		}
	}
	for _, counts := range []struct {
		into *map[uint32]int
		from map[uint32]int
	}{{&s.baseless, o.baseless}, {&s.complaints, o.complaints}} {
		for client, n := range counts.from { // clients are of one shard each
			if *counts.into == nil {
				*counts.into = map[uint32]int{}
			}
			(*counts.into)[client] = n
		}
	}
}

// lookAt names the clients whose story explains why the run did not pass.
func (r *run) lookAt(result *report.Result) []report.ClientNote {
	if result.Verdict == report.Passed || result.Verdict == report.Interrupted || result.Failure != "" {
		return nil
	}
	var all remarks
	for _, s := range r.shards {
		all.merge(&s.remarks)
	}
	lists := [][]report.ClientNote{lossNotes(result.Worst)}
	lists = append(lists, r.neverNotes(&all)...)
	lists = append(lists, r.slowNotes(&all, result.Thresholds)...)
	lists = append(lists,
		countNotes(all.baseless, "lost its connection %s though no fault had touched it"),
		countNotes(all.complaints, "was sent what breaks the protocol %s"),
		r.absentNotes())
	return report.PickNotes(lists...)
}

func lossNotes(worst []report.ClientLoss) (notes []report.ClientNote) {
	for _, c := range worst {
		notes = append(notes, report.ClientNote{Client: c.Client, Why: fmt.Sprintf("lost %d of %d deliveries", c.Lost, c.Expected)})
	}
	return notes
}

// neverNotes are about what had not happened when the run ended, a list for
// each thing and fault.
func (r *run) neverNotes(all *remarks) (lists [][]report.ClientNote) {
	for _, m := range []report.Metric{report.Reconnect, report.Detect} {
		for fault := report.NoFault; fault < len(r.scenario.Faults); fault++ {
			var notes []report.ClientNote
			for _, one := range all.never[matter{m, fault}] {
				why := "never noticed" + r.faultName(fault, " ") + ", in " + words(one.took)
				if m == report.Reconnect {
					why = "never came back in the " + words(one.took) + " after it noticed" + r.faultName(fault, " ")
				}
				notes = append(notes, report.ClientNote{Client: int(one.client), Why: why})
			}
			lists = append(lists, notes)
		}
	}
	return lists
}

// slowNotes are about the clients beyond each threshold that failed.
func (r *run) slowNotes(all *remarks, judged []report.ThresholdResult) (lists [][]report.ClientNote) {
	for i, t := range r.scenario.Thresholds {
		if i < len(judged) && judged[i].Verdict == report.Failed {
			lists = append(lists, r.beyond(t, all))
		}
	}
	return lists
}

// beyond are the clients that a threshold on how long something may take does
// not allow, the slowest first.
func (r *run) beyond(t report.Threshold, all *remarks) (notes []report.ClientNote) {
	name, scope := t.Names()
	type slow struct {
		remark
		fault int
	}
	var found []slow
	for of, some := range all.slowest {
		if of.metric.String() != name {
			continue
		}
		for _, one := range some {
			group := r.groups[r.clients[one.client].group].Name
			if (scope == "" || scope == group || scope == r.faultName(of.fault, "")) && t.Exceeded(one.took, r.scenario.TimeScale) {
				found = append(found, slow{one, of.fault})
			}
		}
	}
	slices.SortFunc(found, func(a, b slow) int {
		return cmp.Or(longerFirst(a.remark, b.remark), cmp.Compare(a.fault, b.fault))
	})
	for _, one := range found[:min(len(found), remarkable)] {
		var why string
		switch name {
		case report.Detect.String():
			why = "noticed" + r.faultName(one.fault, " ") + " after " + words(one.took)
		case report.Reconnect.String():
			why = "came back" + r.faultName(one.fault, " from ") + " " + words(one.took) + " after it noticed"
		default:
			why = "heard nothing new for " + words(one.took) + r.faultName(one.fault, " from ")
		}
		notes = append(notes, report.ClientNote{Client: int(one.client), Why: why})
	}
	return notes
}

// countNotes are about what happened to a client so many times, the most first.
func countNotes(counts map[uint32]int, why string) (notes []report.ClientNote) {
	var all []remark
	for client, n := range counts {
		all = append(all, remark{client, time.Duration(n)})
	}
	slices.SortFunc(all, longerFirst)
	for _, one := range all {
		times := "once"
		if one.took > 1 {
			times = fmt.Sprintf("%d times", one.took)
		}
		notes = append(notes, report.ClientNote{Client: int(one.client), Why: fmt.Sprintf(why, times)})
	}
	return notes
}

// absentNotes are about clients that were never online.
func (r *run) absentNotes() (notes []report.ClientNote) {
	for _, c := range r.clients {
		if !c.everReady && len(notes) < remarkable {
			notes = append(notes, report.ClientNote{Client: int(c.id), Why: "was never online"})
		}
	}
	return notes
}

// faultName is a fault's name after before, "" for none.
func (r *run) faultName(fault int, before string) string {
	if fault < 0 || fault >= len(r.scenario.Faults) {
		return ""
	}
	return before + r.scenario.Faults[fault].Name
}

// words shows a time as reports do.
func words(d time.Duration) string { return report.Millis(unit.Millis(d)) }
