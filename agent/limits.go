package agent

import (
	"fmt"

	"github.com/imbench/imbench/internal/vitals"
	"github.com/imbench/imbench/scenario"
)

// spareDescriptors is what imbench needs beside its clients: standard streams,
// epoll, the observer, files, the server's pipes.
const spareDescriptors = 64

// checkDescriptors raises the limit as far as it goes and reports what to do
// when that is not enough.
// Silenced connections stay open after their clients have given them up.
func checkDescriptors(p *scenario.Plan) error {
	need := p.Clients() + p.Parked() + spareDescriptors
	limit, err := vitals.RaiseFDLimit()
	if err != nil {
		limit, _ = vitals.FDLimit() // then what there is must do
	}
	if limit == 0 || uint64(need) <= limit {
		return nil
	}
	return fmt.Errorf("this run needs %d descriptors (%d clients, %d silenced connections kept open, %d spare) and the limit is %d: "+
		"raise it (ulimit -n %d, or LimitNOFILE= in systemd), or lower clients.count to %d",
		need, p.Clients(), p.Parked(), spareDescriptors, limit, need, max(1, p.Clients()-(need-int(limit))))
}
