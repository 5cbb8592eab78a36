package agent

import (
	"time"

	"github.com/imbench/imbench/protocol"
)

// defects are what a client gets wrong on purpose.
func (r *run) defects(c *client) *protocol.Defects { return &r.groups[c.group].Defects }

// pingsWithin is how long a client waits for the server's pings, where the
// server does not say; 0 for one that does not look.
func (r *run) pingsWithin(c *client) time.Duration { return r.groups[c.group].Alive }

// showCredentials fills in what a client shows when it logs in.
func (r *run) showCredentials(c *client, login *protocol.Login) error {
	source := r.logins[c.group]
	if source == nil {
		return nil
	}
	shown, err := source.For(int(c.id), login.Client, login.Room)
	if err != nil {
		return err
	}
	login.Row = shown.Row
	if shown.Token != "" {
		login.Token = shown.Token
	}
	return nil
}
