package proxy

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Names of the files of an authority.
const (
	keyFile         = "ca.key"
	certificateFile = "ca.pem"
	bundleFile      = "bundle.pem"
	lockFile        = "lock"
)

// How long certificates live.
const (
	authorityLife = 180 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour
	leafLife      = 24 * time.Hour
	leafMargin    = time.Hour
	skew          = time.Hour // how far the clock of a client may be behind
)

// maxLeaves bounds how many certificates are kept; each is made again in well under a millisecond.
const maxLeaves = 1024

// Authority is the certificate authority of the proxy. Clients that trust it trust it for the hosts of the platform
// and of Telemetry alone: name constraints keep it from vouching for any other.
type Authority struct {
	directory   string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	note        string
	now         func() time.Time

	mu     sync.Mutex
	leaf   *ecdsa.PrivateKey // of all certificates for hosts; it never leaves the process
	leaves map[string]*tls.Certificate
	order  []string // hosts in leaves, oldest first
}

// DefaultDirectory is where an authority lives unless told otherwise: ppmock in the user's cache directory. It is an
// error that the user has none, for example because HOME is not set.
func DefaultDirectory() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for the certificate authority: %w", err)
	}
	return filepath.Join(cache, "ppmock"), nil
}

// LoadAuthority returns the authority of a directory, DefaultDirectory for "". It makes the directory (0700), ca.key
// (0600) and ca.pem on first use, and again when the certificate is damaged, has less than 30 days left or lacks a name that is
// needed now; ca.pem keeps the certificate before it for as long as that is valid. bundle.pem is written anew whenever
// the roots of the system have changed. Any number of processes may load one directory at once.
func LoadAuthority(directory string) (*Authority, error) {
	if directory == "" {
		var err error
		if directory, err = DefaultDirectory(); err != nil {
			return nil, err
		}
	}
	s := store{directory: directory, now: time.Now, env: os.Getenv, candidates: rootFiles}
	a, err := s.load()
	if err != nil {
		return nil, fmt.Errorf("loading the certificate authority in %s: %w", directory, err)
	}
	return a, nil
}

// CertificateFile is the path of ca.pem: what a client has to trust besides what it trusts anyway.
func (a *Authority) CertificateFile() string { return filepath.Join(a.directory, certificateFile) }

// BundleFile is the path of bundle.pem: the system's roots and the authority, for clients whose list of roots can only be
// replaced.
func (a *Authority) BundleFile() string { return filepath.Join(a.directory, bundleFile) }

// Note says what BundleFile lacks, "" if it holds the roots of the system.
func (a *Authority) Note() string { return a.note }

// Expires is when the certificate of the authority ends.
func (a *Authority) Expires() time.Time { return a.certificate.NotAfter }

// Leaf returns a certificate for a host, which is kept for the next time. A host that is outside the authority's
// constraints is an error.
func (a *Authority) Leaf(host string) (*tls.Certificate, error) {
	host = plain(host)
	if !covers(host) {
		return nil, fmt.Errorf("%q is outside the constraints of the mock's certificate authority", host)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if c := a.leaves[host]; c != nil && now.Add(leafMargin).Before(c.Leaf.NotAfter) {
		return c, nil
	}
	c, err := a.issue(host, now)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate for %s: %w", host, err)
	}
	if a.leaves[host] == nil {
		if len(a.order) >= maxLeaves {
			delete(a.leaves, a.order[0])
			a.order = a.order[1:]
		}
		a.order = append(a.order, host)
	}
	a.leaves[host] = c
	return c, nil
}

// certify is GetCertificate for a connection to host, whose name the client may leave out.
func (a *Authority) certify(host string) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return a.Leaf(cmp.Or(hello.ServerName, host))
	}
}

func (a *Authority) issue(host string, now time.Time) (*tls.Certificate, error) {
	if a.leaf == nil {
		key, err := newKey()
		if err != nil {
			return nil, err
		}
		a.leaf = key
	}
	template, err := certificate("ppmock", now, leafLife)
	if err != nil {
		return nil, err
	}
	if a.certificate.NotAfter.Before(template.NotAfter) {
		template.NotAfter = a.certificate.NotAfter
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if ip, err := netip.ParseAddr(host); err == nil {
		template.IPAddresses = append(template.IPAddresses, ip.AsSlice())
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(random, template, a.certificate, a.leaf.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.Join(errors.New("a certificate cannot be read that was just made"), err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: a.leaf, Leaf: leaf}, nil
}
