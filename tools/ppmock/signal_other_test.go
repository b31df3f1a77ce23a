//go:build !unix

package main

import (
	"os"
	"syscall"
)

const sigTerm = syscall.SIGTERM

var signalsByName = map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}
