//go:build !unix

package testserver

func defaultMaxConns() int { return mostConns }
