//go:build unix

package vitals

import "testing"

func TestRaisesTheLimitToTheHardOne(t *testing.T) {
	soft, hard := FDLimit()
	if soft == 0 || hard < soft {
		t.Fatalf("limits %d and %d", soft, hard)
	}
	raised, err := RaiseFDLimit()
	if err != nil {
		t.Fatal(err)
	}
	if now, _ := FDLimit(); raised < soft || now != raised {
		t.Errorf("raised from %d to %d, says %d", soft, now, raised)
	}
}
