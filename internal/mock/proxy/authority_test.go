package proxy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// directoryVariable makes the test binary a process that only loads an authority.
const directoryVariable = "PPMOCK_TEST_AUTHORITY"

func TestMain(m *testing.M) {
	directory := os.Getenv(directoryVariable)
	if directory == "" {
		os.Exit(m.Run())
	}
	a, err := LoadAuthority(directory)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if _, err := fmt.Fprintln(os.Stdout, a.certificate.SerialNumber); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// shop is a store with a clock of its own and a system with one root.
func shop(t *testing.T) *store {
	t.Helper()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, append([]byte("# a root\n"), foreignRoot(t)...), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	return &store{
		directory: filepath.Join(t.TempDir(), "cache", "ppmock"), now: func() time.Time { return at },
		env: func(string) string { return "" }, candidates: []string{"/nonexistent", roots},
	}
}

func foreignRoot(t *testing.T) []byte {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	template, err := certificate("a root of the system", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	der, err := x509.CreateCertificate(random, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func load(t *testing.T, s *store) *Authority {
	t.Helper()
	a, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAuthorityIsMadeOnceAndKeptPrivate(t *testing.T) {
	t.Parallel()
	s := shop(t)
	a := load(t, s)
	for name, want := range map[string]os.FileMode{"": 0o700, keyFile: 0o600, certificateFile: 0o644, bundleFile: 0o644} {
		info, err := os.Stat(filepath.Join(s.directory, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && !windows {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	c := a.certificate
	if a.key.Curve != elliptic.P256() || !c.IsCA || !c.MaxPathLenZero || c.MaxPathLen != 0 || !c.PermittedDNSDomainsCritical || c.NotAfter.Sub(c.NotBefore) > 200*24*time.Hour {
		t.Errorf("certificate: %+v", c)
	}
	if !slices.Equal(c.PermittedDNSDomains, domains) || len(c.PermittedIPRanges) != 1 || c.PermittedIPRanges[0].String() != "169.254.169.254/32" {
		t.Errorf("constraints: %v %v", c.PermittedDNSDomains, c.PermittedIPRanges)
	}
	if again := load(t, s); !again.certificate.Equal(c) {
		t.Error("it was made again")
	}
	left, err := filepath.Glob(filepath.Join(s.directory, "*.part"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := os.Chmod(s.path(keyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	load(t, s)
	if info, err := os.Stat(s.path(keyFile)); err != nil || info.Mode().Perm() != 0o600 && !windows {
		t.Errorf("key: %v %v", info.Mode(), err)
	}
}

func TestAuthorityIsMadeAgainWhenItIsOfNoUse(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, s *store){
		"near its end": func(_ *testing.T, s *store) {
			later := s.now().Add(authorityLife - renewBefore + time.Hour)
			s.now = func() time.Time { return later }
		},
		"no key": func(t *testing.T, s *store) {
			if err := os.Remove(s.path(keyFile)); err != nil {
				t.Fatal(err)
			}
		},
		"damaged key": func(t *testing.T, s *store) {
			if err := os.WriteFile(s.path(keyFile), []byte("-----BEGIN"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"damaged certificate": func(t *testing.T, s *store) {
			if err := os.WriteFile(s.path(certificateFile), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"another certificate": func(t *testing.T, s *store) {
			if err := os.WriteFile(s.path(certificateFile), foreignRoot(t), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"other names": func(t *testing.T, s *store) {
			a := load(t, s)
			narrow := *a.certificate
			narrow.PermittedDNSDomains = domains[1:]
			der, err := x509.CreateCertificate(random, &narrow, &narrow, a.key.Public(), a.key)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(s.path(certificateFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shop(t)
			first := load(t, s)
			spoil(t, s)
			second := load(t, s)
			if second.certificate.Equal(first.certificate) {
				t.Error("it is the old one")
			}
			if c, err := second.Leaf("api.bap.microsoft.com"); err != nil {
				t.Error(err)
			} else if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: "api.bap.microsoft.com", Roots: pool(t, second.CertificateFile()), CurrentTime: s.now()}); err != nil {
				t.Error(err)
			}
		})
	}
}

func pool(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(read(t, file)) {
		t.Fatalf("no certificate in %s", file)
	}
	return p
}

func TestWhoStartsAfterARenewalTrustsAMockThatRuns(t *testing.T) {
	t.Parallel()
	s := shop(t)
	old := load(t, s)
	later := s.now().Add(authorityLife - renewBefore + time.Hour)
	s.now = func() time.Time { return later }
	load(t, s)
	old.now = s.now
	c, err := old.Leaf("org.crm4.dynamics.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{old.CertificateFile(), old.BundleFile()} {
		if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: "org.crm4.dynamics.com", Roots: pool(t, file), CurrentTime: later}); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestProcessesThatStartAtOnceShareOneAuthority(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "ppmock")
	serials := make([]string, 6)
	var wg sync.WaitGroup
	for i := range serials {
		wg.Go(func() {
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), directoryVariable+"="+directory)
			out, err := command.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			serials[i] = strings.TrimSpace(string(out))
		})
	}
	wg.Wait()
	a, err := LoadAuthority(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, serial := range serials {
		if serial != a.certificate.SerialNumber.String() {
			t.Errorf("%s, want %s", serial, a.certificate.SerialNumber)
		}
	}
	if !bytes.HasPrefix(read(t, a.BundleFile()), read(t, a.CertificateFile())) {
		t.Error("the bundle holds another authority")
	}
}

func TestBundleHoldsTheRootsOfTheSystemAndTheAuthority(t *testing.T) {
	t.Parallel()
	s := shop(t)
	a := load(t, s)
	count := func() int { return len(certificatesOf(read(t, a.BundleFile()))) }
	if got := count(); got != 2 || a.Note() != "" {
		t.Errorf("%d certificates, want 2; note %q", got, a.Note())
	}
	// A shell that is set up for the mock names the bundle itself.
	s.env = func(name string) string { return map[string]string{"SSL_CERT_FILE": a.BundleFile()}[name] }
	load(t, s)
	if got := count(); got != 2 {
		t.Errorf("with the bundle as roots: %d certificates, want 2", got)
	}
	named := filepath.Join(t.TempDir(), "company.pem")
	if err := os.WriteFile(named, slices.Concat(foreignRoot(t), foreignRoot(t), read(t, a.CertificateFile())), 0o600); err != nil {
		t.Fatal(err)
	}
	s.env = func(name string) string { return map[string]string{"SSL_CERT_FILE": named}[name] }
	load(t, s)
	if got := count(); got != 3 {
		t.Errorf("with other roots: %d certificates, want 3", got)
	}
	s.env, s.candidates = func(string) string { return "" }, []string{"/nonexistent"}
	if b := load(t, s); count() != 1 || !strings.Contains(b.Note(), "SSL_CERT_FILE") {
		t.Errorf("without roots: %d certificates, note %q", count(), b.Note())
	}
}

func TestDirectoryThatEverybodyMayWriteToIsRefused(t *testing.T) {
	t.Parallel()
	s := shop(t)
	s.directory = t.TempDir()
	if err := os.Chmod(s.directory, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := s.load(); err == nil || !strings.Contains(err.Error(), "everybody may write") {
		t.Errorf("error: %v", err)
	}
}

func TestAuthorityVouchesForNoOtherHost(t *testing.T) {
	t.Parallel()
	s := shop(t)
	a := load(t, s)
	for _, host := range []string{"example.com", "www.microsoft.com", "169.254.169.253", "", "api.bap.microsoft.com.evil.example"} {
		if _, err := a.Leaf(host); err == nil {
			t.Errorf("a certificate for %q", host)
		}
	}
	// Not even somebody who has the key can make one that a client takes.
	for _, host := range []string{"example.com", "www.microsoft.com", "127.0.0.1"} {
		c, err := a.issue(host, s.now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: pool(t, a.CertificateFile())}); err == nil {
			t.Errorf("%s is trusted", host)
		}
	}
	for _, host := range []string{"API.bap.microsoft.com", "org.crm11.dynamics.com", "169.254.169.254", "kv.vault.azure.net"} {
		c, err := a.Leaf(host)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: pool(t, a.CertificateFile())}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestCertificatesAreShortLivedAndKeptInBounds(t *testing.T) {
	t.Parallel()
	s := shop(t)
	a := load(t, s)
	now := s.now()
	a.now = func() time.Time { return now }
	get := func(host string) *tls.Certificate {
		c, err := a.Leaf(host)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := get("org.crm.dynamics.com")
	if first.Leaf.NotAfter.Sub(now) > leafLife || first != get("ORG.crm.dynamics.com.") {
		t.Errorf("until %v, kept %v", first.Leaf.NotAfter, first == get("org.crm.dynamics.com"))
	}
	if _, ok := first.PrivateKey.(*ecdsa.PrivateKey); !ok || a.key.Equal(first.PrivateKey) {
		t.Error("the certificate has the key of the authority")
	}
	now = now.Add(leafLife - leafMargin + time.Minute)
	if second := get("org.crm.dynamics.com"); second == first || !now.Before(second.Leaf.NotAfter) {
		t.Error("the certificate was not renewed")
	}
	for i := range maxLeaves + 5 {
		get(fmt.Sprintf("org%d.crm.dynamics.com", i))
	}
	if len(a.leaves) != maxLeaves || len(a.order) != maxLeaves {
		t.Errorf("%d certificates are kept, want %d", len(a.leaves), maxLeaves)
	}
}
