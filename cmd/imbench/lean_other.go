//go:build !linux

package main

func startLean() {}
