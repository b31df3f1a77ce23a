//go:build !unix

package main

import (
	"os"
	"syscall"
)

// ending are the signals that end a command.
func ending() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// forwarded are the signals that exec takes, so that its command decides about the end.
func forwarded() []os.Signal { return ending() }

// delivered says whether the command of exec has got a signal as well: consoles send it to all their processes.
func delivered(os.Signal) bool { return true }

// ended is the exit code of a process.
func ended(s *os.ProcessState) int { return s.ExitCode() }
