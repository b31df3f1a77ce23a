package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/proxy"
)

// variable is an environment variable.
type variable struct{ name, value string }

// variables send the provider to the mock. The credentials are among them so that those of a real tenant that the shell
// may hold are not used.
func variables(address string) []variable {
	return []variable{
		{hostVariable, address},
		{"POWER_PLATFORM_TENANT_ID", mock.DefaultTenantID},
		{"POWER_PLATFORM_CLIENT_ID", mock.DefaultClientID},
		{"POWER_PLATFORM_CLIENT_SECRET", mock.DefaultClientSecret},
	}
}

// proxyVariables send every other client to the mock: through the proxy, trusting its authority, with the credentials of
// the mock under the names that the Azure SDKs and other providers read.
func proxyVariables(address string, a *proxy.Authority, direct string) []variable {
	all := []variable{
		{"POWER_PLATFORM_CA_CERTIFICATE_FILE", a.CertificateFile()},
		{"SSL_CERT_FILE", a.BundleFile()},
		{"REQUESTS_CA_BUNDLE", a.BundleFile()},
		{"CURL_CA_BUNDLE", a.BundleFile()},
		{"NODE_EXTRA_CA_CERTS", a.CertificateFile()},
		{"NODE_USE_ENV_PROXY", "1"},
		{"CHECKPOINT_DISABLE", "1"}, // or Terraform asks another host for news of itself
	}
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY"} {
		all = append(all, variable{name, "http://" + address}, variable{strings.ToLower(name), "http://" + address})
	}
	// The mock itself is asked directly, and so is what else runs on this machine.
	direct = strings.Trim(strings.Join([]string{direct, "localhost,127.0.0.1,::1"}, ","), ",")
	all = append(all, variable{"NO_PROXY", direct}, variable{"no_proxy", direct})
	for _, prefix := range []string{"AZURE", "ARM"} {
		all = append(all, variable{prefix + "_TENANT_ID", mock.DefaultTenantID}, variable{prefix + "_CLIENT_ID", mock.DefaultClientID},
			variable{prefix + "_CLIENT_SECRET", mock.DefaultClientSecret})
	}
	return all
}

// shells write variables in the way of a shell.
var shells = map[string]func([]variable) (string, error){
	"sh": lines(func(v variable) string { return "export " + v.name + "=" + quoteShell(v.value) }),
	"fish": lines(func(v variable) string {
		return "set -gx " + v.name + " '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.value) + "'"
	}),
	"powershell": lines(func(v variable) string {
		return "$env:" + v.name + " = '" + strings.ReplaceAll(v.value, "'", "''") + "'"
	}),
	"github": lines(func(v variable) string { return v.name + "=" + v.value }),
	"azure":  lines(func(v variable) string { return "##vso[task.setvariable variable=" + v.name + "]" + v.value }),
}

func lines(format func(variable) string) func([]variable) (string, error) {
	return func(all []variable) (string, error) {
		var out strings.Builder
		for _, v := range all {
			if strings.ContainsAny(v.value, "\r\n") {
				return "", fmt.Errorf("the value of %s has more than one line", v.name)
			}
			out.WriteString(format(v) + "\n")
		}
		return out.String(), nil
	}
}

// quoteShell quotes a word for a POSIX shell where it needs to be.
func quoteShell(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,@%+=") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// envCommand is ppmock env.
type envCommand struct {
	target
	Proxy bool   `help:"Print the variables of proxies and certificates too, for clients other than the provider."`
	Shell string `enum:"sh,fish,powershell,github,azure" default:"sh" help:"For whom: sh, fish, powershell, github (append it to the file $$GITHUB_ENV) or azure (Azure Pipelines)."`
	CADir string `name:"ca-dir" placeholder:"DIR" help:"The --ca-dir of the mock."`
}

// Help gives the details.
func (*envCommand) Help() string {
	return `Prints the environment that sends clients to the mock, which need not run yet. The provider needs ` + hostVariable + ` and,
where real credentials may be set, the mock's; with --proxy every other client is sent there as well.

Examples:

    eval "$(ppmock env --proxy)"
    ppmock env --proxy --shell fish | source
    ppmock env --proxy --shell powershell | Out-String | Invoke-Expression
    ppmock env --shell github >> "$GITHUB_ENV"`
}

// Run prints the variables.
func (c *envCommand) Run(_ context.Context, p program) error {
	address, err := p.address(c.target)
	if err != nil {
		return err
	}
	all := variables(address)
	if c.Proxy {
		a := find(c.CADir)
		if a.err != nil {
			return fmt.Errorf("%w; --ca-dir names a directory for the certificate authority", a.err)
		}
		all = append(all, proxyVariables(address, a.Authority, p.env("NO_PROXY"))...)
	}
	text, err := shells[c.Shell](all)
	if err != nil {
		return err
	}
	return p.print(text)
}
