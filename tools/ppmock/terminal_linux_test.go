package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo terminal: what is typed into the first end is input of the second.
func terminal(t *testing.T) (keys, screen *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return keys, screen
}

// TestInterruptOfATerminalArrivesOnce types control-C: the terminal sends it to exec and its command alike, and Terraform
// takes a second one as the order to drop everything.
func TestInterruptOfATerminalArrivesOnce(t *testing.T) {
	t.Parallel()
	keys, screen := terminal(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	said := &output{}
	cmd := exec.CommandContext(t.Context(), self, "exec", "--no-proxy", "--ca-dir", folder, "--", "sh", "-c",
		`mkfifo pipe; n=0; trap 'n=$((n+1)); echo "interrupt $n"' INT; trap 'echo "in all $n"; exit 3' TERM; echo ready; while :; do read line < pipe; done`)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), asProgram+"=1", "HOME="+folder)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = screen.Close()
	said.await(t, "ready")
	if _, err := keys.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	said.await(t, "interrupt 1")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil { // a second interrupt would have come before
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(said.String(), "in all 1") {
		t.Errorf("%d: %s", code, said)
	}
}
