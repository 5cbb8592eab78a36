package agent

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/imbench/imbench/report"
)

// However many losses there are, those that the events tell of one by one and
// those that they only count are all.
func TestNoLossGoesUncountedInTheEvents(t *testing.T) {
	for name, c := range map[string]struct{ receivers, each int }{
		"few of a client":                     {3, lossesEach},
		"one more than are told of":           {3, lossesEach + 1},
		"more in all than are told of":        {lossesMost/lossesEach + 3, lossesEach},
		"more in all, and more of a client":   {lossesMost/lossesEach + 3, lossesEach + 7},
		"more in all, though few of a client": {lossesMost + 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w := bufio.NewWriter(&out)
			r := &run{events: &eventLog{w: w}}
			for id := range c.receivers {
				r.clients = append(r.clients, &client{id: uint32(id)})
			}
			l := losses{run: r}
			for to := range c.receivers {
				for range c.each {
					l.add(report.Loss{Receiver: to})
				}
			}
			l.end()
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			told, more := 0, 0
			for lines := bufio.NewScanner(&out); lines.Scan(); {
				var e struct{ More string }
				if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
					t.Fatal(err)
				}
				if e.More == "" {
					told++
					continue
				}
				n, err := strconv.Atoi(e.More)
				if err != nil {
					t.Fatal(err)
				}
				more += n
			}
			if all := c.receivers * c.each; told+more != all || told > lossesMost {
				t.Errorf("%d were lost; %d are told of, and %d more", all, told, more)
			}
		})
	}
}
