package dataverse

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/google/uuid"
)

// largestImage is how many bytes an image column takes.
const largestImage = 10240 << 10

// converted checks a value for a column and brings it into the form in which rows hold it.
func (ch *change) converted(c column, value any) (any, *Refusal) {
	if value == nil {
		if c.access&required != 0 {
			return nil, ch.missing(c.name)
		}
		return nil, nil
	}
	out, ok := value, false
	switch c.kind {
	case text, memo:
		var said string
		if said, ok = value.(string); ok {
			if r := ch.fits(c, said); r != nil {
				return nil, r
			}
		}
	case guid:
		var id uuid.UUID
		said, is := value.(string)
		if parsed, err := uuid.Parse(said); is && err == nil && len(said) == 36 {
			id, ok = parsed, true
		}
		out = id.String()
	case boolean:
		_, ok = value.(bool)
	case whole, choice:
		var n float64
		n, ok = value.(float64)
		ok = ok && n == math.Trunc(n) && math.Abs(n) <= math.MaxInt32
		if ok && c.kind == choice {
			return value, ch.offers(c, strconv.Itoa(int(n)))
		}
	case decimal:
		_, ok = value.(float64)
	case choices:
		var said string
		if said, ok = value.(string); ok {
			return said, ch.offers(c, strings.Split(said, ",")...)
		}
	case moment:
		said, is := value.(string)
		at, parsed := instant(said)
		ok, out = is && parsed, at.UTC().Format("2006-01-02T15:04:05Z")
	case managed:
		_, ok = value.(doc)
	case image:
		said, is := value.(string)
		raw, err := base64.StdEncoding.DecodeString(said)
		ok = is && err == nil && len(raw) <= largestImage
	}
	if !ok {
		shown, _ := json.Marshal(value)
		return nil, payload(ch.table, "Cannot convert the literal '"+brief(string(shown))+"' to the expected type '"+edm[c.kind][0]+"'.")
	}
	return out, nil
}

func brief(text string) string {
	if len(text) > 100 {
		return strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}

// missing is the refusal of a row without a value that it needs.
func (ch *change) missing(name string) *Refusal {
	return &Refusal{http.StatusBadRequest, "0x80040200", "Attribute: " + name + " cannot be NULL"}
}

// fits checks the length of text, in UTF-16 code units as the platform counts.
func (ch *change) fits(c column, said string) *Refusal {
	limit := c.max
	if n, err := strconv.Atoi(ch.tenant.Switch(SwitchOpenAPILimit)); err == nil && c.name == "openapidefinition" {
		limit = n
	}
	if limit == 0 || len(said) <= limit || len(utf16.Encode([]rune(said))) <= limit {
		return nil
	}
	return &Refusal{http.StatusBadRequest, codeLength, "A validation error occurred.  The length of the '" + c.name + "' attribute of the '" + ch.table.name +
		"' entity exceeded the maximum allowed length of '" + strconv.Itoa(limit) + "'."}
}

// offers checks that a choice has the options.
func (ch *change) offers(c column, values ...string) *Refusal {
	for _, v := range values {
		if !slices.ContainsFunc(c.options, func(o option) bool { return strconv.Itoa(o.value) == strings.TrimSpace(v) }) && len(c.options) > 0 {
			return &Refusal{http.StatusBadRequest, codeLength, "A validation error occurred.  The value " + v + " of '" + c.name + "' on record of type '" +
				ch.table.name + "' is outside the valid range. Accepted Values: " + accepted(c)}
		}
	}
	return nil
}

func accepted(c column) string {
	var out []string
	for _, o := range c.options {
		out = append(out, strconv.Itoa(o.value))
	}
	return strings.Join(out, ",")
}
