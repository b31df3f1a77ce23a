package variable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The types of environment variables, as configurations write them.
const (
	kindString     = "String"
	kindNumber     = "Number"
	kindBoolean    = "Boolean"
	kindJSON       = "JSON"
	kindDataSource = "DataSource"
	kindSecret     = "Secret"
)

// kinds are all types; the place of one is its value on the wire, counted from firstKind.
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/environmentvariabledefinition#BKMK_Type
var kinds = []string{kindString, kindNumber, kindBoolean, kindJSON, kindDataSource, kindSecret}

const firstKind = 100000000

// codeOf is the value of a type on the wire.
func codeOf(kind string) int {
	for i, k := range kinds {
		if k == kind {
			return firstKind + i
		}
	}
	return firstKind
}

// kindOf is the type that a value on the wire stands for; one that is not known is shown as it is.
func kindOf(code int) string {
	if i := code - firstKind; i >= 0 && i < len(kinds) {
		return kinds[i]
	}
	return fmt.Sprint(code)
}

// maxValue is how many characters the columns of values hold.
const maxValue = 2000

var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// flags are the spellings of a Boolean and what is stored for each.
var flags = map[string]string{"yes": "yes", "no": "no", "true": "yes", "false": "no"}

// stored is the text that the platform keeps for a value of a type, or why it is none. The platform itself checks nothing:
// https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables.
func stored(kind, text string) (string, error) {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errors.New("it is empty, which the platform keeps as no value; leave it out")
	case n > maxValue:
		return "", fmt.Errorf("it has %d characters; the platform keeps %d", n, maxValue)
	}
	switch kind {
	case kindNumber:
		if !number.MatchString(text) {
			return "", fmt.Errorf("%q is no number as the platform keeps it: digits, with a dot before decimals, no exponent and no blanks, such as -12.5", text)
		}
	case kindBoolean:
		flag, ok := flags[strings.ToLower(text)]
		if !ok {
			return "", fmt.Errorf("%q is no Boolean: write yes or no, or true or false", text)
		}
		return flag, nil
	case kindJSON:
		if _, err := document(text); err != nil {
			return "", fmt.Errorf("it is no JSON: %w", err)
		}
	}
	return text, nil
}

// meaning is a text that two values of a type share if they mean the same.
func meaning(kind, text string) string {
	switch kind {
	case kindNumber:
		return decimal(text)
	case kindBoolean:
		if flag, ok := flags[strings.ToLower(text)]; ok {
			return flag
		}
	case kindJSON:
		if v, err := document(text); err == nil {
			if out, err := json.Marshal(v); err == nil {
				return string(out)
			}
		}
	case kindSecret:
		return strings.ToLower(text)
	}
	return text
}

// decimal writes a number in one way only; a number with an exponent stays as it is.
func decimal(text string) string {
	if !number.MatchString(text) {
		return text
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		return "-" + whole
	}
	return whole
}

// document reads JSON with numbers written in one way only; marshalled, its members are in order.
func document(text string) (any, error) {
	d := json.NewDecoder(bytes.NewBufferString(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows after its end")
	}
	return plain(v), nil
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = plain(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = plain(inner)
		}
	case json.Number:
		return json.Number(decimal(v.String()))
	}
	return v
}
