package protocol

import "testing"

func TestEveryPresetIsRight(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			src, err := presets.ReadFile("presets/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(src, name+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != name || s.Doc == "" || s.Protocol.Name() != name || s.Behaviour.Reconnect == "" {
				t.Errorf("%+v", s)
			}
		})
	}
}
