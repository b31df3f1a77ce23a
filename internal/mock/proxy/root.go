package proxy

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const windows = runtime.GOOS == "windows"

// rootFiles are the files in which systems keep the roots that they trust, those that crypto/x509 looks for among them.
var rootFiles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
	"/etc/pki/tls/certs/ca-bundle.crt",                  // older Fedora and RHEL
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/tls/cacert.pem",                           // OpenELEC
	"/etc/ssl/cert.pem",                                 // Alpine, macOS, OpenBSD
	"/usr/local/etc/ssl/cert.pem",                       // FreeBSD
	"/usr/local/share/certs/ca-root-nss.crt",            // FreeBSD, DragonFly
	"/etc/openssl/certs/ca-certificates.crt",            // NetBSD
	"/data/data/com.termux/files/usr/etc/tls/cert.pem",  // Termux
}

// roots returns the roots that the system trusts as PEM, without those of the authority itself, and a note when there
// are none.
func (s store) roots(own []*x509.Certificate) ([]byte, string) {
	named := s.env("SSL_CERT_FILE")
	for _, file := range append([]string{named}, s.candidates...) {
		if file == "" || s.ours(file) {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var out bytes.Buffer
		for _, c := range certificatesOf(raw) {
			if !slices.ContainsFunc(own, c.Equal) {
				_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a bytes.Buffer takes everything
			}
		}
		if out.Len() > 0 {
			return out.Bytes(), ""
		}
	}
	note := "the roots that this system trusts are in none of the usual files (" + strings.Join(s.candidates, ", ") + ")"
	if windows {
		note = "Windows keeps the roots that it trusts in no file"
	}
	return nil, note + ": " + bundleFile + " holds the mock's authority alone, and who replaces its roots by it trusts no other host; name a file with roots in SSL_CERT_FILE and start again"
}

// ours says whether a file is one of the directory's: a shell that is set up for the mock names them in SSL_CERT_FILE.
func (s store) ours(file string) bool {
	info, err := os.Stat(filepath.Dir(file))
	if err != nil {
		return false
	}
	mine, err := os.Stat(s.directory)
	return err == nil && os.SameFile(info, mine)
}
