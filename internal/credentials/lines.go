package credentials

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on what a file of logins may hold.
const (
	MaxFile    = 64 << 20 // bytes
	MaxToken   = 64 << 10 // bytes of one token: more fits into no handshake
	MaxColumns = 100
)

// LineError is something wrong with a file of logins. Its text never quotes
// what stands there.
type LineError struct {
	Line, Column int // from 1
	Problem      string
}

func (e *LineError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// Tokens reads one token a line. Lines without one, and space around it, are
// left out. The error is a *LineError.
func Tokens(src []byte) ([]string, error) {
	if err := fits(src); err != nil {
		return nil, err
	}
	tokens := []string{}
	line := 0
	for text := range strings.Lines(string(withoutMark(src))) {
		line++
		token := strings.TrimSpace(text)
		if token == "" {
			continue
		}
		if problem := wrongToken(token); problem != "" {
			return nil, &LineError{line, 1, problem}
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// wrongToken says why a token cannot be sent, "" when it can.
func wrongToken(token string) string {
	switch {
	case len(token) > MaxToken:
		return fmt.Sprintf("the token is longer than %d bytes", MaxToken)
	case !utf8.ValidString(token):
		return "the token is not UTF-8"
	case strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "the token has a space or a control character in it"
	}
	return ""
}

// Table reads comma-separated values (RFC 4180) below a row of their names,
// which are not empty and no two alike. Each row has as many values. The error
// is a *LineError.
func Table(src []byte) (columns []string, rows [][]string, err error) {
	if err := fits(src); err != nil {
		return nil, nil, err
	}
	r := csv.NewReader(bytes.NewReader(withoutMark(src)))
	all, err := r.ReadAll()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, nil, &LineError{max(1, wrong.Line), max(1, wrong.Column), wrong.Err.Error()}
	case err != nil:
		return nil, nil, &LineError{1, 1, "is not CSV"}
	case len(all) == 0:
		return nil, nil, &LineError{1, 1, "the table is empty"}
	case len(all[0]) > MaxColumns:
		return nil, nil, &LineError{1, 1, fmt.Sprintf("there are more than %d columns", MaxColumns)}
	}
	for i, name := range all[0] {
		name = strings.TrimSpace(name)
		bad := func(r rune) bool { return r == '}' || r == '{' || !unicode.IsPrint(r) }
		if name == "" || strings.ContainsFunc(name, bad) || slices.Contains(columns, name) {
			return nil, nil, &LineError{1, 1, fmt.Sprintf("column %d has no name of its own", i+1)}
		}
		columns = append(columns, name)
	}
	return columns, all[1:], nil
}

// CheckTokens reports the first value of a table's column that cannot be sent
// as a token. The error is a *LineError; its line counts rows as lines.
func CheckTokens(rows [][]string, column int) error {
	for i, row := range rows {
		problem := "the token is empty"
		if row[column] != "" {
			problem = wrongToken(row[column])
		}
		if problem != "" {
			return &LineError{i + 2, 1, problem}
		}
	}
	return nil
}

func fits(src []byte) error {
	if len(src) > MaxFile {
		return &LineError{1, 1, fmt.Sprintf("the file is larger than %d bytes", MaxFile)}
	}
	return nil
}

// withoutMark cuts the byte order mark off that spreadsheets write.
func withoutMark(src []byte) []byte { return bytes.TrimPrefix(src, []byte("\ufeff")) }
