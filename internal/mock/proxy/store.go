package proxy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

var random = rand.Reader

// lockPatience is how long a process waits for another that makes the same authority.
const lockPatience = 10 * time.Second

// store is the directory of an authority with its surroundings.
type store struct {
	directory  string
	now        func() time.Time
	env        func(string) string
	candidates []string // files that may hold the roots of the system
}

func (s store) path(name string) string { return filepath.Join(s.directory, name) }

func (s store) load() (*Authority, error) {
	if err := s.prepare(); err != nil {
		return nil, err
	}
	a, err := s.read()
	if err != nil {
		if a, err = s.make(); err != nil {
			return nil, err
		}
	}
	if a.note, err = s.bundle(); err != nil {
		return nil, err
	}
	return a, nil
}

// prepare makes the directory, and refuses one that everybody may write to.
func (s store) prepare() error {
	if err := os.MkdirAll(s.directory, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(s.directory)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 && !windows {
		return fmt.Errorf("everybody may write to the directory (%v); chmod 700 it, or choose another", mode)
	}
	return nil
}

// read returns the authority on disk. Whatever keeps it from being of use is an error.
func (s store) read() (*Authority, error) {
	rawKey, err := os.ReadFile(s.path(keyFile))
	if err != nil {
		return nil, err
	}
	rawCertificate, err := os.ReadFile(s.path(certificateFile))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(rawKey)
	if block == nil {
		return nil, errors.New("ca.key holds no PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("ca.key holds no ECDSA key")
	}
	certificates := certificatesOf(rawCertificate)
	if len(certificates) == 0 {
		return nil, errors.New("ca.pem holds no certificate")
	}
	a := &Authority{directory: s.directory, certificate: certificates[0], key: key, now: s.now, leaves: map[string]*tls.Certificate{}}
	if err := a.check(s.now()); err != nil {
		return nil, err
	}
	if err := os.Chmod(s.path(keyFile), 0o600); err != nil { // a copy or a restore may have widened it
		return nil, err
	}
	return a, nil
}

// check says why the certificate has to be made again.
func (a *Authority) check(now time.Time) error {
	c := a.certificate
	if public, ok := c.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(a.key.Public()) {
		return errors.New("ca.key and ca.pem do not belong together")
	}
	if err := c.CheckSignatureFrom(c); err != nil {
		return err
	}
	if now.Before(c.NotBefore) || now.Add(renewBefore).After(c.NotAfter) {
		return errors.New("the certificate is near its end")
	}
	has, needs := slices.Sorted(slices.Values(c.PermittedDNSDomains)), slices.Sorted(slices.Values(domains))
	if !slices.Equal(has, needs) || !slices.EqualFunc(c.PermittedIPRanges, networks(), func(x, y *net.IPNet) bool { return x.String() == y.String() }) {
		return errors.New("the certificate is constrained to other names")
	}
	return nil
}

// make makes the authority, unless another process does so first.
func (s store) make() (*Authority, error) {
	// The lock is one of the kernel's: it cannot outlive the process that holds it.
	lock, err := bbolt.Open(s.path(lockFile), 0o600, &bbolt.Options{Timeout: lockPatience})
	if err != nil {
		return nil, fmt.Errorf("waiting for another process that uses it: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if a, err := s.read(); err == nil {
		return a, nil
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	now := s.now()
	template, err := certificate("ppmock test authority", now, authorityLife)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.PermittedDNSDomainsCritical, template.PermittedDNSDomains, template.PermittedIPRanges = true, domains, networks()
	der, err := x509.CreateCertificate(random, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	issued := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	// A mock that runs goes on with the certificate before this one: who starts now has to trust both.
	before, err := os.ReadFile(s.path(certificateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, c := range certificatesOf(before) {
		if now.Before(c.NotAfter) {
			issued = append(issued, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
		}
	}
	if err := s.write(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		return nil, err
	}
	if err := s.write(certificateFile, issued, 0o644); err != nil {
		return nil, err
	}
	return s.read()
}

// write replaces a file in one step, so that nobody ever reads half of it.
func (s store) write(name string, content []byte, mode fs.FileMode) error {
	part, err := os.CreateTemp(s.directory, name+".*.part")
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	err = errors.Join(err, part.Chmod(mode), part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), s.path(name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), random) }

// certificate is what all certificates have in common.
func certificate(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(random, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"ppmock, a local mock of Power Platform"}, CommonName: name},
		NotBefore: now.Add(-skew), NotAfter: now.Add(life), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, nil
}

// networks are the addresses of the constraints as the certificate holds them.
func networks() []*net.IPNet {
	var out []*net.IPNet
	for _, ip := range addresses {
		out = append(out, &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(ip.BitLen(), ip.BitLen())})
	}
	return out
}

// certificatesOf returns the certificates of a PEM file and passes over everything else.
func certificatesOf(raw []byte) []*x509.Certificate {
	var out []*x509.Certificate
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// bundle brings bundle.pem up to date and says what it lacks.
func (s store) bundle() (string, error) {
	for {
		own, err := os.ReadFile(s.path(certificateFile))
		if err != nil {
			return "", err
		}
		roots, note := s.roots(certificatesOf(own))
		content := slices.Concat(own, roots)
		if old, err := os.ReadFile(s.path(bundleFile)); err == nil && bytes.Equal(old, content) {
			return note, nil
		}
		if err := s.write(bundleFile, content, 0o644); err != nil {
			return "", err
		}
	}
}
