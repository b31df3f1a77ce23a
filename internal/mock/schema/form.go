package schema

import (
	"regexp"
	"time"
)

var (
	guidForm     = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	durationForm = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`
	momentForm   = `^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$`
)

// GUID is a text that is a GUID. Objects made by a program may use other texts.
func GUID(name, about string) *Shape {
	return Text(name, about).form("a GUID such as 00000000-0000-4000-8000-00000000aaaa", guidForm.String(), true, guidForm.MatchString)
}

// Moment is a time as in RFC 3339.
func Moment(name, about string) *Shape {
	return Text(name, about).form("a time such as 2026-01-31T12:00:00Z", momentForm, false, func(text string) bool {
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	})
}

// Duration is a length of time, "1h30m".
func Duration(name, about string) *Shape {
	return Text(name, about).form(`a duration such as "90s" or "1h30m"`, durationForm, false, func(text string) bool {
		d, err := time.ParseDuration(text)
		return err == nil && d >= 0
	})
}
