package agent

import (
	"time"

	"github.com/imbench/imbench/protocol"
)

// defects are what a client gets wrong on purpose.
func (r *run) defects(c *client) *protocol.Defects { return &r.behaviours[c.group].Defects }

// pingsWithin is how long a client waits for the server's pings, where the
// server does not say; 0 for one that does not look.
func (r *run) pingsWithin(c *client) time.Duration {
	if !r.wire.traits.ServerPings {
		return 0
	}
	return r.behaviours[c.group].Alive
}
