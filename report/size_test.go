package report

import (
	"testing"
	"unsafe"
)

// The documentation and `check` promise these sizes.
func TestSizesAreAsDocumented(t *testing.T) {
	if n := unsafe.Sizeof(record{}); n != recordBytes {
		t.Errorf("a record takes %d bytes, not %d", n, recordBytes)
	}
	if n := unsafe.Sizeof(Inbox{}); n != inboxBytes {
		t.Errorf("an inbox takes %d bytes, not %d", n, inboxBytes)
	}
	if n := unsafe.Sizeof(span{}); n != 8 {
		t.Errorf("a gap takes %d bytes, not 8", n)
	}
	for digits, want := range map[int]int{histogramDigits: 196 << 10, intervalDigits: 28 << 10} {
		if n := newTimes(digits).ByteSize(); n > want+1024 {
			t.Errorf("a histogram of %d digits takes %d bytes, more than %d", digits, n, want)
		}
	}
}
