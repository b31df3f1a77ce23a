//go:build unix

package main

import (
	"os"
	"syscall"
)

const sigTerm = syscall.SIGTERM

var signalsByName = map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "USR1": syscall.SIGUSR1}
