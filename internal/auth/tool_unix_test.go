//go:build unix

package auth

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

// toolVariable makes this test binary sign in by a command line tool and print the outcome, in a process of its own:
// the tools are found by PATH, which parallel tests share.
const toolVariable = "AUTH_TEST_TOOL"

func TestMain(m *testing.M) {
	if tool := os.Getenv(toolVariable); tool != "" {
		os.Exit(useTool(tool))
	}
	os.Exit(m.Run())
}

func useTool(tool string) int {
	c, err := open(&authority{}, cloud.Public, Given{UseCLI: new(tool == "az"), UseDevCLI: new(tool == "azd")}, nil)
	for range 3 {
		if err != nil {
			break
		}
		var token string
		if token, err = ask(context.Background(), c); err == nil { //nolint:forbidigo // this process has no test
			_, _ = os.Stdout.WriteString(token + "\n")
		}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		_, _ = os.Stdout.WriteString(e.Code + "\n")
	}
	return 0
}

func TestCommandLineTools(t *testing.T) {
	t.Parallel()
	const azToken = `echo '{"accessToken":"of-az","expires_on":4102444800}'`
	for name, c := range map[string]struct{ tool, script, want string }{
		"az runs once for many calls":  {"az", azToken, "of-az of-az of-az"},
		"az is not installed":          {"az", "", "AzureCLINotFound"},
		"az is not signed in":          {"az", `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`, "AzureCLINotSignedIn"},
		"azd runs once for many calls": {"azd", `echo '{"token":"of-azd","expiresOn":"2100-01-01T00:00:00Z"}'`, "of-azd of-azd of-azd"},
		"azd is not installed":         {"azd", "", "AzureDeveloperCLINotFound"},
		"azd is not signed in":         {"azd", `echo '{"error":"not logged in, run azd auth login"}' >&2; exit 1`, "AzureDeveloperCLINotSignedIn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			runs := filepath.Join(dir, "runs")
			if c.script != "" {
				script := "#!/bin/sh\necho run >>" + runs + "\n" + c.script + "\n"
				if err := os.WriteFile(filepath.Join(dir, c.tool), []byte(script), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = []string{toolVariable + "=" + c.tool, "PATH=" + dir, "GORACE=atexit_sleep_ms=0"}
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			expect(t, "outcome", strings.Join(strings.Fields(string(out)), " "), c.want)
			if strings.HasSuffix(name, "many calls") {
				log, err := os.ReadFile(runs)
				if err != nil {
					t.Fatal(err)
				}
				expect(t, "number of runs", strings.Count(string(log), "run"), 1)
			}
		})
	}
}
