package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"
)

// FuzzEncode holds that the short way writes what encoding/json writes.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{
		`null`, `{}`, `[]`, `{"b":[1,-0,1.5,1e300,9007199254740993,true,null],"a":{"<é>":"\u2028\\\"\n"}}`, `"\ud800"`, `[[[{}]]]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var value any
		if json.Unmarshal(raw, &value) != nil {
			return
		}
		want, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := encodeJSON(value); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	})
}

func TestEncodeTakesWhatHandlersMake(t *testing.T) {
	t.Parallel()
	for _, value := range []any{
		Doc(nil), []any(nil), map[string]string{"a": "b"}, []string{"x"}, struct {
			A int `json:"a"`
		}{1}, 3, int64(4), time.Second, json.RawMessage(`{"a":1}`), Doc{"at": time.Unix(0, 0).UTC(), "list": []Doc{{"a": 1}}}, math.MaxFloat64, 0.1, math.Copysign(0, -1),
	} {
		want, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := encodeJSON(value); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%#v: %s, %v, want %s", value, got, err, want)
		}
	}
	if _, err := encodeJSON(Doc{"a": []any{math.NaN()}}); err == nil {
		t.Error("there is no NaN in JSON")
	}
}
