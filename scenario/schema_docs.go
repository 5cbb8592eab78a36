package scenario

import (
	"regexp"
	"strings"
)

// keyRow is what docs/scenario.md says of a key.
type keyRow struct{ fallback, meaning string }

// text is the row as a sentence for an editor's hover.
func (r keyRow) text() string {
	text := r.meaning
	if r.fallback != "" && r.fallback != "–" {
		text += ". Default: " + r.fallback
	}
	return text
}

// typesBySection says whose keys the tables below a heading are.
func typesBySection() map[string]string {
	return map[string]string{
		"Top level": "Scenario", "target": "Target", "clients": "Group", "Heartbeat": "Heartbeat", "Defects": "Defects",
		"Logins": "Login", "Reconnect policies": "Reconnect", "rooms": "Rooms", "traffic": "trafficMap", "Stages": "Stage", "faults": "Config",
	}
}

// innerTypes are the types of keys that are written with a dot: start.command.
func innerTypes() map[string]string {
	return map[string]string{"start": "Start", "tls": "TLS", "jwt": "JWT"}
}

var docLink = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)

// keyRows reads the tables of a page whose first column is "key", by type and
// key: "Target.url".
func keyRows(page string) map[string]keyRow {
	rows := map[string]keyRow{}
	section, inTable, inCode, columns := "", false, false, 0
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			inCode = !inCode
		}
		if inCode {
			continue
		}
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			section, inTable = title, false
			continue
		}
		if !strings.HasPrefix(line, "|") {
			inTable = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = docLink.ReplaceAllString(strings.TrimSpace(cells[i]), "$1")
		}
		switch {
		case cells[0] == "key":
			inTable, columns = true, len(cells)
		case !inTable || len(cells) != columns || !strings.HasPrefix(cells[0], "`"):
		default:
			row := keyRow{meaning: cells[columns-1]}
			if columns > 2 {
				row.fallback = cells[1]
			}
			rows[typedKey(section, strings.Trim(cells[0], "`"))] = row
		}
	}
	return rows
}

func typedKey(section, key string) string {
	if outer, inner, dotted := strings.Cut(key, "."); dotted {
		return innerTypes()[outer] + "." + inner
	}
	return typesBySection()[section] + "." + key
}
