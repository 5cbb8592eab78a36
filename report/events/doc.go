// Package events reads the file that `imbench run --events` writes, one JSON
// object a line, and tells from it what happened.
//
//	events.jsonl ──Scan──► Event ──┬─► Summarize: who is worth looking at
//	                               └─► Tell: one client's story, a line each
//
// Files of many gigabytes are read in one pass and in bounded memory. A line
// that is no event is skipped and told of (Trouble), and so is a last line that
// was cut off; an event of a kind that this version does not know is shown as it
// stands. Nothing here is safe for concurrent use, or needs to be.
package events
