package main

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	const tail = "{\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"PASS\\n\"}\n" +
		"{\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"ok  \\tp\\t0.1s\\n\"}\n" +
		"{\"Action\":\"pass\",\"Package\":\"p\"}\n"
	tests := map[string]struct {
		events string
		want   string
		passed bool
	}{
		"a passing test is silent": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
` + tail,
			"ok  \tp\t0.1s\n\n1 tests passed, 0 failed, 0 skipped in 1 packages\n", true},
		"a skipped one tells its reason": {
			`{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: needs root\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
` + tail,
			"ok  \tp\t0.1s\n\nskipped:\n  p TestB: needs root\n\n1 tests passed, 0 failed, 1 skipped in 1 packages\n", true},
		"a failed one tells all": {
			`{"Action":"output","Package":"p","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:3: got 1; want 2\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			"=== RUN   TestC\n    c_test.go:3: got 1; want 2\nFAIL\tp\t0.1s\n\n0 tests passed, 1 failed, 0 skipped in 1 packages\n", false},
		"a package that died keeps its last words": {
			`{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestD","Output":"panic: out of luck\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			"panic: out of luck\nFAIL\tp\t0.1s\n\n1 tests passed, 0 failed, 0 skipped in 1 packages\n", false},
		"a package that does not build": {
			`{"ImportPath":"p","Action":"build-output","Output":"p.go:1:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
`,
			"p.go:1:1: syntax error\nFAIL\tp [build failed]\n\n0 tests passed, 0 failed, 0 skipped in 1 packages\n", false},
		"what the go command says itself": {
			"go: no such module\n", "go: no such module\n\n0 tests passed, 0 failed, 0 skipped in 0 packages\n", false},
		"nothing is no success": {"", "\n0 tests passed, 0 failed, 0 skipped in 0 packages\n", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary(&out)
			if err := s.read(strings.NewReader(tt.events)); err != nil {
				t.Fatal(err)
			}
			s.close()
			if out.String() != tt.want {
				t.Errorf("wrote\n%s\nwant\n%s", out.String(), tt.want)
			}
			if s.passed() != tt.passed {
				t.Errorf("passed = %t; want %t", s.passed(), tt.passed)
			}
		})
	}
}

func FuzzSummary(f *testing.F) {
	f.Add(`{"Action":"skip","Package":"p","Test":"T"}`)
	f.Add("{\"Action\":\"output\"}\n{")
	f.Fuzz(func(t *testing.T, events string) {
		var out strings.Builder
		s := newSummary(&out)
		if err := s.read(strings.NewReader(events)); err != nil {
			t.Fatal(err)
		}
		s.close()
	})
}
