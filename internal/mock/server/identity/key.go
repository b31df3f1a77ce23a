package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// keyring holds the keys of the tokens of the whole process, the one that signs first: making one takes longer than most
// tests. Further ones come from stores, so that tokens stay valid when a platform comes back.
type keyring struct {
	mu      sync.Mutex
	keys    []*rsa.PrivateKey
	changes atomic.Int64 // how often the keys have changed
}

var tokenKeys keyring

// signingKey is the key that signs.
func signingKey() (*rsa.PrivateKey, error) {
	keys, err := signingKeys()
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// signingKeys are all keys, the one that signs first; there is always one. Nobody changes the list.
func signingKeys() ([]*rsa.PrivateKey, error) {
	tokenKeys.mu.Lock()
	defer tokenKeys.mu.Unlock()
	if len(tokenKeys.keys) == 0 {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		tokenKeys.keys = []*rsa.PrivateKey{key}
		tokenKeys.changes.Add(1)
	}
	return tokenKeys.keys, nil
}

// use puts keys before those that there are.
func (r *keyring) use(keys []*rsa.PrivateKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys = slices.Clone(keys)
	for _, key := range r.keys {
		if !slices.ContainsFunc(keys, func(other *rsa.PrivateKey) bool { return other.Equal(key) }) {
			keys = append(keys, key)
		}
	}
	if !slices.EqualFunc(keys, r.keys, func(a, b *rsa.PrivateKey) bool { return a.Equal(b) }) {
		r.keys = keys
		r.changes.Add(1)
	}
}

// Adopt puts the keys of a record, see Record, before those that there are. Without a record it does nothing.
func Adopt(record []byte) error {
	keys, err := parseKeys(record)
	if err == nil && len(keys) > 0 {
		tokenKeys.use(keys)
	}
	return err
}

// parseKeys reads the record of the keys.
func parseKeys(record []byte) ([]*rsa.PrivateKey, error) {
	var raw [][]byte
	if record == nil {
		return nil, nil
	}
	if err := json.Unmarshal(record, &raw); err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	var keys []*rsa.PrivateKey
	for _, one := range raw {
		parsed, err := x509.ParsePKCS8PrivateKey(one)
		if err != nil {
			return nil, fmt.Errorf("signing keys: %w", err)
		}
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("signing keys: one is a %T", parsed)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Changes counts how often the keys have changed.
func Changes() int64 { return tokenKeys.changes.Load() }

// Record is the keys, the private ones, as JSON can say them.
func Record() ([][]byte, error) {
	keys, err := signingKeys()
	if err != nil {
		return nil, err
	}
	var raw [][]byte
	for _, key := range keys {
		one, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("signing keys: %w", err)
		}
		raw = append(raw, one)
	}
	return raw, nil
}
