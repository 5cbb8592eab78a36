package protocol

import (
	"embed"
	"fmt"
	"slices"
	"sync"
)

//go:embed presets/*.yaml
var presets embed.FS

// names are the presets in the order they are listed, the default first.
var names = []string{
	"envelope", "angular-socketio", "browser-ws", "browser-ws-as-published", "socketio-chat",
	"heart-class", "json-manager", "ionic-service", "socketio",
}

// systems parses the presets once.
var systems = sync.OnceValue(func() []*System {
	list := make([]*System, len(names))
	for i, name := range names {
		file := "presets/" + name + ".yaml"
		src, err := presets.ReadFile(file)
		if err != nil {
			panic(fmt.Sprintf("protocol: %v", err)) // embedded: it is there
		}
		if list[i], err = Parse(src, file); err != nil {
			panic(fmt.Sprintf("protocol: a preset is wrong:\n%v", err)) // a test parses them all
		}
	}
	return list
})

// Systems lists the presets, the default first.
func Systems() []*System { return slices.Clone(systems()) }

// SystemByName finds a preset.
func SystemByName(name string) (*System, bool) {
	i := slices.Index(names, name)
	if i < 0 {
		return nil, false
	}
	return systems()[i], true
}

// ByName finds a protocol by its preset's name.
func ByName(name string) (Protocol, bool) {
	s, ok := SystemByName(name)
	if !ok {
		return nil, false
	}
	return s.Protocol, true
}
