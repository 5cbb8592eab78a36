package events

import (
	"io"
	"strconv"

	"github.com/imbench/imbench/report"
)

// Write writes s for people; file is the name that the last line says to look
// into. The error is w's.
func (s Summary) Write(w io.Writer, file string, o Options) error {
	l := &lines{w: w, color: o.Color}
	if s.Events == 0 {
		l.printf("no events\n")
		return l.err
	}
	from := "second 0"
	if !s.Begun {
		from = "when the run was set up (it has no second 0)"
	}
	l.printf("%s\n", l.paint(faultRow, report.Number(s.Events)+" events of "+counted(s.Clients)))
	l.printf("%s\n\n", l.paint(faintRow, "from "+clock(s.From)+" to "+clock(s.To)+", counted from "+from))
	width := 0
	for _, k := range s.Kinds {
		width = max(width, len(report.Plain(k.Name, wordMost)))
	}
	for _, k := range s.Kinds {
		of := ""
		if k.Clients > 0 {
			of = "by " + counted(k.Clients)
		}
		l.printf("  %-*s  %*s  %s\n", width, report.Plain(k.Name, wordMost), timeWidth, report.Number(k.Count), l.paint(faintRow, of))
	}
	if s.Others > 0 {
		l.printf("\n%s events are of clients beyond the first million, which were not followed\n", report.Number(s.Others))
	}
	if len(s.LookAt) == 0 {
		return l.err
	}
	l.printf("\n%s\n", l.paint(faultRow, "Worth looking at"))
	for _, n := range s.LookAt {
		l.printf("  client %-8d  %s\n", n.Client, report.Plain(n.Why, 3*wordMost))
	}
	l.printf("  %s\n", l.paint(faintRow, "imbench events "+file+" --client "+strconv.Itoa(s.LookAt[0].Client)))
	return l.err
}

func counted(clients int) string {
	if clients == 1 {
		return "1 client"
	}
	return report.Number(int64(clients)) + " clients"
}
