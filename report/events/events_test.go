package events_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report/events"
)

// silenced is the life of a client whose connection goes dark, with another's
// lines between.
const silenced = `{"t":0.100000,"client":"c7","event":"dial"}
{"t":0.100100,"client":"c8","event":"dial"}
{"t":0.104000,"client":"c7","event":"ready"}
{"t":0.500000,"event":"begin"}
{"t":1.000000,"client":"c7","event":"beat"}
{"t":1.000200,"client":"c7","event":"beat_answered"}
{"t":2.000000,"client":"c7","event":"beat"}
{"t":2.001000,"client":"c7","event":"beat_answered"}
{"t":2.400000,"client":"c7","event":"fault","fault":"nat","mechanism":"md5"}
{"t":3.000000,"client":"c7","event":"beat"}
{"t":3.000000,"client":"c8","event":"beat"}
{"t":5.001000,"client":"c7","event":"miss"}
{"t":5.001000,"client":"c7","event":"detect","cause":"heartbeat_timeout","fault":"nat"}
{"t":5.251000,"client":"c7","event":"dial"}
{"t":5.252000,"client":"c7","event":"dial_failed","error":"connection refused"}
{"t":5.752000,"client":"c7","event":"dial"}
{"t":5.755000,"client":"c7","event":"ready"}
{"t":5.900000,"client":"c7","event":"first_message"}
`

func TestTellTellsOneClientsStory(t *testing.T) {
	for name, tt := range map[string]struct {
		client     int
		file, want string
	}{
		"a silence, noticed and survived": {7, silenced, `
client 7   times count from second 0, + from the last fault

   -0.400 s               dials
   -0.396 s               online, 4.00 ms after dialling
    0.000 s               the run begins
    0.500 s               2 beats answered within 1.00 ms, until 1.501 s
    1.900 s     +0.000 s  fault nat (md5)
    2.500 s     +0.600 s  1 beat, no answer
                          … 2.00 s without any event
    4.501 s     +2.601 s  no heartbeat was answered for too long
    4.501 s     +2.601 s  takes its connection for dead: heartbeat_timeout, 2.60 s after nat
    4.751 s     +2.851 s  dials, 250 ms after noticing
    4.752 s     +2.852 s  cannot connect: connection refused
    5.252 s     +3.352 s  dials, try 2
    5.255 s     +3.355 s  online again, 3.00 ms after dialling, 754 ms after noticing
    5.400 s     +3.500 s  first fresh message: nat was an outage of 3.50 s
`},
		"an event of a kind from tomorrow, and keys from tomorrow": {1, `{"t":0.5,"event":"begin"}
{"t":1.5,"client":"c1","event":"fault","fault":"x","mood":"dark"}
{"t":1.6,"client":"c1","event":"tele_port","to":"moon","tries":3,"why":{"a":[1]}}
{"t":1.7,"client":"c1","event":"heal","fault":"x"}
{"t":1.8,"client":"c1","event":"gave_up"}
`, `
client 1   times count from second 0, + from the last fault

    0.000 s               the run begins
    1.000 s     +0.000 s  fault x (mood dark)
    1.100 s     +0.100 s  tele port (to moon, tries 3, why {"a":[1]})
    1.200 s     +0.200 s  fault x is over
    1.300 s     +0.300 s  gives up: its policy allows no further try
`},
		"a fault that healed and cost the connection later, another that is told after its loss, and a loss that none explains": {1, `{"t":0,"event":"begin"}
{"t":1,"client":"c1","event":"fault","fault":"nat","mechanism":"md5"}
{"t":2,"client":"c1","event":"heal","fault":"nat"}
{"t":2.5,"client":"c1","event":"first_message"}
{"t":3,"client":"c1","event":"detect","cause":"eof","fault":"nat"}
{"t":3.1,"client":"c1","event":"first_message"}
{"t":8,"client":"c1","event":"detect","cause":"reset","fault":"cut"}
{"t":8.000001,"client":"c1","event":"fault","fault":"cut"}
{"t":8.25,"client":"c1","event":"first_message"}
{"t":9,"client":"c1","event":"detect","cause":"eof"}
`, `
client 1   times count from second 0, + from the last fault

    0.000 s               the run begins
    1.000 s     +0.000 s  fault nat (md5)
    2.000 s     +1.000 s  fault nat is over
    2.500 s     +1.500 s  first fresh message: nat was an outage of 1.50 s
    3.000 s     +2.000 s  takes its connection for dead: eof, 2.00 s after nat
    3.100 s     +2.100 s  first fresh message: nat was an outage of 100 ms
                          … 4.90 s without any event
    8.000 s     +7.000 s  takes its connection for dead: reset, by cut
    8.000 s     +0.000 s  fault cut
    8.250 s     +0.250 s  first fresh message: cut was an outage of 250 ms
    9.000 s     +1.000 s  takes its connection for dead: eof
`},
		"messages that never came": {1, `{"t":0.5,"event":"begin"}
{"t":9,"client":"c1","event":"lost","from":"c3","sent":"2.704219"}
{"t":9,"client":"c1","event":"lost","from":"c4","sent":"3","acked":"yes"}
{"t":9,"client":"c1","event":"lost","more":"312"}
`, `
client 1   times count from second 0, + from the last fault

    0.000 s               the run begins
                          … 8.50 s without any event
    8.500 s               never got what c3 sent at 2.204 s
    8.500 s               never got what c4 sent at 2.500 s, which the server had acknowledged
    8.500 s               never got 312 more messages
`},
		"a middlebox, malformed frames and ghosts": {1, `{"t":0,"event":"begin"}
{"t":0.5,"client":"c1","event":"fault","fault":"nlb","detail":"{kind: idle_expiry}"}
{"t":1,"client":"c1","event":"malformed","form":"bad-json"}
{"t":1.1,"client":"c1","event":"malformed","form":"bad-json","answer":"close 1007"}
{"t":1.5,"client":"c1","event":"expired","fault":"nlb","mechanism":"md5"}
{"t":2,"client":"c1","event":"ghost","fault":"nlb","method":"probe","state":"held","answer":"pong"}
`, `
client 1   times count from second 0, + from the last fault

    0.000 s               the run begins
    0.500 s               fault nlb ({kind: idle_expiry})
    1.000 s               sends a malformed frame: bad-json
    1.100 s               the server's answer to bad-json: close 1007
    1.500 s     +0.000 s  idle for too long: the middlebox nlb drops the connection (md5)
    2.000 s     +0.500 s  for the server: held (fault nlb, probe, pong)
`},
		"lines out of order": {1, `{"t":0.5,"event":"begin"}
{"t":1.002,"client":"c1","event":"ready"}
{"t":1.001,"client":"c1","event":"dial"}
{"t":0.4,"client":"c1","event":"gave_up"}
`, `
client 1   times count from second 0, + from the last fault

   -0.100 s               gives up: its policy allows no further try
    0.000 s               the run begins
    0.501 s               dials
    0.502 s               online, 1.00 ms after dialling
`},
		"a run that never began": {1, `{"t":0.5,"client":"c1","event":"dial"}
{"t":0.6,"client":"c1","event":"dial_failed","error":"connection refused"}
`, `
client 1   times count from when the run was set up (it has no second 0), + from the last fault

    0.500 s               dials
    0.600 s               cannot connect: connection refused
`},
		"answers that come late": {1, `{"t":0,"event":"begin"}
{"t":1,"client":"c1","event":"beat"}
{"t":2,"client":"c1","event":"beat"}
{"t":3,"client":"c1","event":"heal","fault":"x"}
{"t":4,"client":"c1","event":"beat_answered"}
`, `
client 1   times count from second 0, + from the last fault

    0.000 s               the run begins
    1.000 s               2 beats, no answer, until 2.000 s
    3.000 s               fault x is over
    4.000 s               a late answer to an earlier beat
`},
		"what could write on the terminal": {1, "{\"t\":0,\"event\":\"begin\"}\n" +
			`{"t":1,"client":"c1","event":"a\u001b[2J","k\n":"\u202everdict\r\n"}` + "\n", `
client 1   times count from second 0, + from the last fault

    0.000 s               the run begins
    1.000 s               a\x1b[2J (k\n \u202everdict\r\n)
`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			found, trouble, err := events.Tell(&out, strings.NewReader(tt.file), tt.client, events.Options{})
			if err != nil || !found || trouble.Bad > 0 || trouble.Cut {
				t.Fatal(found, trouble, err)
			}
			if d := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), out.String()); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestTellSaysWhenThereIsNothing(t *testing.T) {
	var out bytes.Buffer
	found, _, err := events.Tell(&out, strings.NewReader(silenced), 70, events.Options{})
	if found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestColorOnlyPaints(t *testing.T) {
	var plain, painted bytes.Buffer
	for out, o := range map[*bytes.Buffer]events.Options{&plain: {}, &painted: {Color: true}} {
		if _, _, err := events.Tell(out, strings.NewReader(silenced), 7, o); err != nil {
			t.Fatal(err)
		}
	}
	text := painted.String()
	for {
		before, rest, found := strings.Cut(text, "\x1b[")
		if !found {
			break
		}
		_, rest, _ = strings.Cut(rest, "m")
		text = before + rest
	}
	if painted.Len() == plain.Len() || text != plain.String() {
		t.Errorf("painted:\n%s\nplain:\n%s", text, plain.String())
	}
}

func TestSummarizeCountsAndNamesWhoIsWorthLookingAt(t *testing.T) {
	file := silenced + `{"t":6,"client":"c9","event":"fault","fault":"gone","mechanism":"md5"}
{"t":6,"client":"c10","event":"detect","cause":"eof"}
{"t":6.1,"client":"c10","event":"gave_up"}
{"t":6.2,"client":"c11","event":"fault","fault":"nap","mechanism":"md5"}
{"t":7.2,"client":"c11","event":"heal","fault":"nap"}
{"t":8,"client":"c12","event":"fault","fault":"restart"}
{"t":8,"client":"c13","event":"detect","cause":"heartbeat_timeout","fault":"slow"}
{"t":8.5,"client":"c13","event":"ready"}
`
	sum, trouble, err := events.Summarize(strings.NewReader(file))
	if err != nil || trouble.Bad > 0 || trouble.Cut {
		t.Fatal(trouble, err)
	}
	var out bytes.Buffer
	if err := sum.Write(&out, "events.jsonl", events.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"26 events of 7 clients", "from -0.400 s to 8.000 s, counted from second 0",
		"  fault                    4  by 4 clients", "  beat                     4  by 2 clients", "  begin                    1",
		"  client 10        gave up; was not back 2.50 s after it noticed; lost its connection without a fault",
		"  client 9         had not noticed gone after 2.50 s",
		"  client 13        took 500 ms to come back, slow",
		"  client 7         took 2.60 s to notice, nat; took 754 ms to come back, nat; took 3.50 s until its first message, nat; failed to connect once",
		"  imbench events events.jsonl --client 10",
	} {
		if !strings.Contains(out.String(), line+"\n") && !strings.Contains(out.String(), line+"  \n") {
			t.Errorf("missing %q in\n%s", line, out.String())
		}
	}
	for _, n := range sum.LookAt {
		if n.Client == 11 || n.Client == 12 {
			t.Errorf("client %d: %s", n.Client, n.Why)
		}
	}
}

func TestBadLinesAreToldWithTheirNumbers(t *testing.T) {
	file := `{"t":1,"client":"c1","event":"dial"}

garbage
{"t":"soon","client":"c1","event":"dial"}
{"client":"c1","event":"dial"}
{"t":2,"client":"c1"}
{"t":3,"client":"observer","event":"dial"}
[1]
{"t":1e300,"client":"c1","event":"dial"}
` + `{"t":4,"client":"c1","event":"` + strings.Repeat("x", 100_000) + `"}` + "\n" + `{"t":5,"client":"c1","event":"ready"}
{"t":6,"client":"c1","ev`
	sum, trouble, err := events.Summarize(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if sum.Events != 2 {
		t.Errorf("%d events", sum.Events)
	}
	want := events.Trouble{Bad: 8, Cut: true, First: []events.BadLine{
		{3, "it is not a JSON object"},
		{4, `it has no time "t"`},
		{5, `it has no time "t"`},
		{6, `it has no "event"`},
		{7, `its "client" is none of imbench's`},
		{8, "it is not a JSON object"},
		{9, `it has no time "t"`},
		{10, "it is longer than 65536 bytes"},
	}}
	if d := cmp.Diff(want, trouble); d != "" {
		t.Error(d)
	}
}

func TestALastLineWithoutAnEndIsAnEventIfItIsOne(t *testing.T) {
	sum, trouble, err := events.Summarize(strings.NewReader(strings.TrimSuffix(silenced, "\n")))
	if err != nil || trouble.Cut || trouble.Bad > 0 || sum.Events != 18 {
		t.Error(sum.Events, trouble, err)
	}
}

func TestAFileOfNonsenseTakesBoundedMemory(t *testing.T) {
	var b bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&b, `{"t":%d,"client":"c%d","event":"kind%d"}`+"\nnonsense\n", i, i, i)
	}
	sum, trouble, err := events.Summarize(&b)
	if err != nil || len(sum.Kinds) > 64 || len(trouble.First) != 10 || trouble.Bad != 2000 || sum.Events != 2000 {
		t.Error(len(sum.Kinds), trouble, err)
	}
	if len(sum.LookAt) > 10 {
		t.Errorf("%d clients to look at", len(sum.LookAt))
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error)  { return 0, os.ErrPermission }
func (broken) Write([]byte) (int, error) { return 0, os.ErrPermission }

func TestErrorsOfReaderAndWriterAreReported(t *testing.T) {
	if _, _, err := events.Summarize(broken{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("summarize: %v", err)
	}
	if _, _, err := events.Tell(&bytes.Buffer{}, broken{}, 1, events.Options{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("tell: %v", err)
	}
	if _, _, err := events.Tell(broken{}, strings.NewReader(silenced), 7, events.Options{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("tell, writing: %v", err)
	}
}

// FuzzEvents reads anything: every line is an event, told of, or blank, and
// nothing unprintable gets out.
func FuzzEvents(f *testing.F) {
	f.Add([]byte(silenced), 7)
	f.Add([]byte(`{"t":1,"client":"c1","event":"a\u001b","k":"\u202e"}`), 1)
	f.Add([]byte("{\"t\":-9,\"event\":\"begin\"}\n{\"t\":9e8,\"client\":\"c1\",\"event\":\"beat\"}"), 1)
	f.Fuzz(func(t *testing.T, file []byte, client int) {
		sum, trouble, err := events.Summarize(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		var lines, cut int64
		for line := range bytes.Lines(file) {
			if len(bytes.TrimSpace(line)) > 0 {
				lines++
			}
		}
		if trouble.Cut {
			cut = 1
		}
		if sum.Events+trouble.Bad+cut != lines {
			t.Errorf("%d events, %d bad, %d cut of %d lines", sum.Events, trouble.Bad, cut, lines)
		}
		var out bytes.Buffer
		if err := sum.Write(&out, "f", events.Options{}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := events.Tell(&out, bytes.NewReader(file), client&0xffff, events.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && (r < ' ' || r == 0x7f || r == '\u202e' || r == 0x9b) {
				t.Fatalf("%+q got out", r)
			}
		}
	})
}

func BenchmarkSummarize(b *testing.B) {
	file := []byte(strings.Repeat(silenced, 500))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := events.Summarize(bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

// Reading one client's story out of a file about many.
func BenchmarkTell(b *testing.B) {
	file := []byte(silenced + strings.Repeat(strings.ReplaceAll(silenced, `"c7"`, `"c6"`), 500))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := events.Tell(&bytes.Buffer{}, bytes.NewReader(file), 7, events.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
