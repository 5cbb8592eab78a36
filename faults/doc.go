// Package faults holds what can go wrong with one connection, or with the
// server process, and how it is put right again.
package faults
