package report

// Row is a line of the text report: a label, what there is to say, and whether
// to look at it. Both texts are clean, and not escaped for HTML. A row without
// a label goes on with the one before it.
type Row struct {
	Label, Text string
	Look        bool
}

// rows are what is written on a page with labels, for renderers that lay out
// the same words in another way.
func (r *Result) rows(write func(*page)) []Row {
	var all []Row
	write(&page{width: mostWidth, wraps: proseMax, scale: r.TimeScale, rows: &all})
	return all
}

// FaultRows tell what became of those that f, a fault of r, was applied to.
// What the server answered to malformed frames is not among them.
func (r *Result) FaultRows(f FaultResult) []Row {
	f.Malformed = nil
	return r.rows(func(p *page) { p.outcome(f) })
}

// DeliveryRows tell what was sent, and what is wrong with what came; Classes
// has the ledger.
func (r *Result) DeliveryRows() []Row { return r.rows(func(p *page) { p.delivery(r) }) }

// ConnectionRows tell who came online, who fell off and who came back.
func (r *Result) ConnectionRows() []Row { return r.rows(func(p *page) { p.connections(r) }) }

// ProcessRows tell what server and imbench took of the machine, and whether
// imbench kept up.
func (r *Result) ProcessRows() []Row { return r.rows(func(p *page) { p.processes(r) }) }
