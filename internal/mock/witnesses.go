package mock

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// witnessFile says which test has seen each operation work. It is written by `make witness`.
//
//go:embed witness.json
var witnessFile []byte

// witnesses are what witnessFile says.
var witnesses = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	_ = json.Unmarshal(witnessFile, &out) // a test reads it too
	return out
})
