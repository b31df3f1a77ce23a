package wire

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// encodeJSON is json.Marshal, with a short way for what most answers are made of: the mock spends most of its time here.
func encodeJSON(value any) ([]byte, error) { return appendJSON(make([]byte, 0, 1<<10), value) }

func appendJSON(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendText(b, v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 && (v != 0 || !math.Signbit(v)) {
			return strconv.AppendInt(b, int64(v), 10), nil
		}
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case Doc:
		if v != nil {
			return appendDoc(b, v)
		}
	case []any:
		if v != nil {
			return appendList(b, v)
		}
	}
	raw, err := json.Marshal(value)
	return append(b, raw...), err
}

func appendDoc(b []byte, d Doc) (_ []byte, err error) {
	var few [32]string
	names := few[:0]
	for name := range d {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, name); err != nil {
			return b, err
		}
		if b, err = appendJSON(append(b, ':'), d[name]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func appendList(b []byte, list []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, item); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

// appendText quotes text; what needs an escape goes the long way.
func appendText(b []byte, text string) ([]byte, error) {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			raw, err := json.Marshal(text)
			return append(b, raw...), err
		}
	}
	return append(append(append(b, '"'), text...), '"'), nil
}
