//go:build unix

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/tools/clients"
)

// curl makes sure that the commands of the test find it.
func curl(t *testing.T) {
	t.Helper()
	if _, err := clients.FindCurl(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestExecGivesItsCommandAPlatformOfItsOwn(t *testing.T) {
	t.Parallel()
	curl(t)
	code, out, errs := run(t, map[string]string{"POWER_PLATFORM_CLIENT_SECRET": "real", "NO_PROXY": "intra.example"}, "exec", "--", "sh", "-c",
		`echo "$POWER_PLATFORM_CLIENT_SECRET $AZURE_TENANT_ID $NO_PROXY"; exec curl --silent --fail "http://$POWER_PLATFORM_MOCK_HOST/_mock/health"`)
	want := mock.DefaultClientSecret + " " + mock.DefaultTenantID + " intra.example,localhost,127.0.0.1,::1\n"
	if code != 0 || !strings.HasPrefix(out, want) || !strings.Contains(out, `"status":"ok"`) {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if errs != "" {
		t.Errorf("the output is not the command's alone: %s", errs)
	}
}

// TestExecSendsEveryClientToTheMock asks for a host of the platform by its name, and for one of somebody else.
func TestExecSendsEveryClientToTheMock(t *testing.T) {
	t.Parallel()
	curl(t)
	for name, c := range map[string]struct {
		flags []string
		url   string
		want  string
	}{
		"a host of the platform": {nil, "https://login.microsoftonline.com/common" + openID, "0 200"},
		"another host":           {nil, "https://example.com/", "56 000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := slices.Concat([]string{"exec"}, c.flags, []string{
				"--", "sh", "-c", `curl --silent --output /dev/null --write-out '%{http_code}' ` + c.url + ` > code; echo "$? $(cat code)"`,
			})
			if code, out, errs := run(t, nil, args...); code != 0 || !strings.HasPrefix(out, c.want) {
				t.Errorf("%d %s%s", code, out, errs)
			}
		})
	}
	code, out, errs := run(t, map[string]string{"HTTPS_PROXY": "", "SSL_CERT_FILE": ""}, "exec", "--no-proxy", "--", "sh", "-c", `echo "[$HTTPS_PROXY$SSL_CERT_FILE]"`)
	if code != 0 || out != "[]\n" {
		t.Errorf("%d %s%s", code, out, errs)
	}
}

func TestExecEndsAsItsCommandDoes(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, words := range map[int][]string{
		0:                  {"true"},
		1:                  {"false"},
		2:                  {"sh", "-c", "exit 2"},
		77:                 {"sh", "-c", "exit 77"},
		126:                {plain},
		127:                {"there-is-no-such-command"},
		128 + int(sigTerm): {"sh", "-c", "kill -TERM $$"},
	} {
		if code, out, errs := run(t, nil, append([]string{"exec", "--"}, words...)...); code != want || want < 126 && errs != "" {
			t.Errorf("%q: %d %s%s", words, code, out, errs)
		}
	}
	// Flags behind the command are its own, with and without the dashes.
	for _, args := range [][]string{{"exec", "--", "echo", "--listen", "--", "x"}, {"exec", "echo", "--listen", "--", "x"}} {
		if code, out, errs := run(t, nil, args...); code != 0 || out != "--listen -- x\n" {
			t.Errorf("%q: %d %q%s", args, code, out, errs)
		}
	}
}

func TestExecPassesSignalsOn(t *testing.T) {
	t.Parallel()
	curl(t)
	for _, name := range []string{"INT", "TERM", "HUP", "USR1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, nil, "", "exec", "--", "sh", "-c", `trap 'echo got `+name+`; curl --silent --fail "http://$POWER_PLATFORM_MOCK_HOST/_mock/health" && exit 5' `+name+
				`; mkfifo pipe; echo ready; while :; do read line < pipe; done`) // to open a pipe that nobody writes to waits for a signal
			p.out.await(t, "ready")
			if err := p.cmd.Process.Signal(signalsByName[name]); err != nil {
				t.Fatal(err)
			}
			if code := p.end(t); code != 5 || !strings.Contains(p.out.String(), "got "+name+"\n{") {
				t.Errorf("%d: %s%s", code, p.out, p.err)
			}
		})
	}
}

func TestEnvironmentIsWhatShellsUnderstand(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "it's a $folder")
	code, out, errs := run(t, nil, "env", "--proxy", "--ca-dir", folder)
	if code != 0 {
		t.Fatalf("%d %s", code, errs)
	}
	script := out + `printf '%s\n' "$HTTPS_PROXY" "$SSL_CERT_FILE" "$NODE_EXTRA_CA_CERTS" "$REQUESTS_CA_BUNDLE" "$POWER_PLATFORM_CA_CERTIFICATE_FILE" ` +
		`"$POWER_PLATFORM_MOCK_HOST" "$POWER_PLATFORM_TENANT_ID" "$POWER_PLATFORM_CLIENT_ID" "$POWER_PLATFORM_CLIENT_SECRET"`
	want := strings.Join([]string{
		"http://" + defaultAddress, filepath.Join(folder, "bundle.pem"), filepath.Join(folder, "ca.pem"), filepath.Join(folder, "bundle.pem"),
		filepath.Join(folder, "ca.pem"), defaultAddress, mock.DefaultTenantID, mock.DefaultClientID, mock.DefaultClientSecret, "",
	}, "\n")
	for _, shell := range []string{"sh", "bash", "dash", "zsh"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		said, err := exec.CommandContext(t.Context(), path, "-c", script).CombinedOutput()
		if err != nil || string(said) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", shell, err, said, want)
		}
	}
	for _, file := range []string{"ca.pem", "bundle.pem"} {
		if _, err := os.Stat(filepath.Join(folder, file)); err != nil {
			t.Error(err)
		}
	}
}

// TestEnvironmentOfOtherShells reads what is printed by the rules of those shells, which need not be installed.
func TestEnvironmentOfOtherShells(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), `it's $HOME \n`)
	read := map[string]func(line string) (name, value string, ok bool){
		"fish": func(line string) (string, string, bool) {
			name, value, ok := strings.Cut(strings.TrimPrefix(line, "set -gx "), " '")
			value = strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(strings.TrimSuffix(value, "'"))
			return name, value, ok && strings.HasPrefix(line, "set -gx ") && strings.HasSuffix(line, "'")
		},
		"powershell": func(line string) (string, string, bool) {
			name, value, ok := strings.Cut(strings.TrimPrefix(line, "$env:"), " = '")
			value, closed := strings.CutSuffix(value, "'")
			return name, strings.ReplaceAll(value, "''", "'"), ok && closed && strings.HasPrefix(line, "$env:") && strings.Count(value, "'")%2 == 0
		},
		"github": func(line string) (string, string, bool) { return strings.Cut(line, "=") },
		"azure": func(line string) (string, string, bool) {
			name, value, ok := strings.Cut(strings.TrimPrefix(line, "##vso[task.setvariable variable="), "]")
			return name, value, ok && strings.HasPrefix(line, "##vso[")
		},
	}
	for shell, parse := range read {
		code, out, errs := run(t, nil, "env", "--proxy", "--ca-dir", folder, "--shell", shell)
		if code != 0 {
			t.Fatalf("%s: %d %s", shell, code, errs)
		}
		got := map[string]string{}
		for line := range strings.Lines(out) {
			name, value, ok := parse(strings.TrimSuffix(line, "\n"))
			if !ok || name == "" || strings.ContainsAny(name, " '=") {
				t.Errorf("%s: %s", shell, line)
			}
			got[name] = value
		}
		for name, want := range map[string]string{
			"SSL_CERT_FILE": filepath.Join(folder, "bundle.pem"), "HTTPS_PROXY": "http://" + defaultAddress, "https_proxy": "http://" + defaultAddress,
			"ARM_CLIENT_ID": mock.DefaultClientID, hostVariable: defaultAddress,
		} {
			if got[name] != want {
				t.Errorf("%s: %s is %q, not %q", shell, name, got[name], want)
			}
		}
	}
}

func TestEnvironmentOfTheProviderNeedsNoProxy(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, map[string]string{hostVariable: "127.0.0.1:1234"}, "env")
	want := "export POWER_PLATFORM_MOCK_HOST=127.0.0.1:1234\nexport POWER_PLATFORM_TENANT_ID=" + mock.DefaultTenantID + "\nexport POWER_PLATFORM_CLIENT_ID=" +
		mock.DefaultClientID + "\nexport POWER_PLATFORM_CLIENT_SECRET=" + mock.DefaultClientSecret + "\n"
	if code != 0 || out != want {
		t.Errorf("%d %s%s", code, out, errs)
	}
}

func TestAnotherServerIsNoMock(t *testing.T) {
	t.Parallel()
	address := elsewhere(t, http.NotFoundHandler())
	if code, _, errs := run(t, nil, "healthcheck", "--at", address); code != 1 || !strings.Contains(errs, "is no mock") {
		t.Errorf("%d %s", code, errs)
	}
}
