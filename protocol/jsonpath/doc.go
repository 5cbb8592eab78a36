// Package jsonpath finds a few values in a JSON text, all in one pass, without
// building anything and without allocating.
//
//	$.type  $.data.id  ──Compile──► Set ──Find(text)──► the place of each value
//
// Find checks the whole text by the grammar of JSON, so a text it accepts is
// one that encoding/json accepts, and its values are those that encoding/json
// would decode; of a key that stands twice, the last counts.
//
// A Set is immutable and safe for concurrent use.
package jsonpath
