package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severity says what a finding means. The platform documents the names of its rules, not which of them refuse a save.
type Severity string

const (
	// Error is a finding that breaks Swagger 2.0, or one of the platform's rules on the version, the host, paths, operation
	// IDs, references and types.
	Error Severity = "error"
	// Warning is any other finding.
	Warning Severity = "warning"
)

// Finding is a place where a definition breaks a rule. Rule is the documented name, if there is one:
// https://learn.microsoft.com/connectors/custom-connectors/certification-swagger-validator-rules.
type Finding struct {
	Rule     string
	Severity Severity
	Pointer  string // RFC 6901; empty for the whole definition
	Path     string // the same for people: paths./cases/{id}.get; empty for the whole definition
	Message  string
}

// String is the finding in one line.
func (f Finding) String() string {
	if f.Path == "" {
		return f.Message + " (" + f.Rule + ")"
	}
	return f.Path + ": " + f.Message + " (" + f.Rule + ")"
}

// MaxCharacters is how much text the column of a connector holds today, in UTF-16 code units. Until 2023 it held
// OldMaxCharacters, and environments that have not been updated still do.
const (
	MaxCharacters    = 1_000_000
	OldMaxCharacters = 500_000
)

// Options say where a definition is to be used.
type Options struct {
	References    bool // host and base path may refer to environment variables: the connector is solution-aware
	MaxCharacters int  // 0: MaxCharacters
}

// Check compares a definition with the platform's rules, errors first, otherwise in the order of the definition. At most
// ten findings of a rule are listed; the last one says how many more there are.
func Check(d *Definition, o Options) []Finding {
	if o.MaxCharacters == 0 {
		o.MaxCharacters = MaxCharacters
	}
	x := newIndex(d, o)
	var all []Finding
	for _, r := range rules {
		all = append(all, x.findings(r)...)
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Severity, b.Severity) }) // error before warning
	return all
}

// Validate is Check for a text: what cannot be read is a finding too.
func Validate(text string, o Options) []Finding {
	d, err := Parse(text)
	if err != nil {
		rule := ruleUnreadable
		if e, ok := errors.AsType[*ParseError](err); ok {
			rule = e.Rule
		}
		return []Finding{{Rule: rule, Severity: Error, Message: err.Error()}}
	}
	return Check(d, o)
}

// Errors are the findings that are errors.
func Errors(all []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return f.Severity != Error })
}

// reporter notes a finding; the arguments fill the text of the rule.
type reporter func(at *place, args ...any)

// rule is one rule of the platform. {0}, {1} in its text are as documented.
type rule struct {
	name     string
	severity Severity
	text     string
	find     func(x *index, say reporter)
}

const mostOfARule = 10

func (x *index) findings(r rule) []Finding {
	var all []Finding
	more := 0
	r.find(x, func(at *place, args ...any) {
		if len(all) == mostOfARule {
			more++
			return
		}
		all = append(all, Finding{r.name, r.severity, at.pointer(), at.String(), fill(r.text, args)})
	})
	if more > 0 {
		all[len(all)-1].Message += fmt.Sprintf(" There are %d more findings of this rule.", more)
	}
	return all
}

// fill puts arguments into a documented text. Arguments are not looked at again, whatever they contain.
func fill(text string, args []any) string {
	pairs := make([]string, 0, 2*len(args))
	for i, arg := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", fmt.Sprint(arg))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// flawed is the rule about something that the grammar has found.
func flawed(name string) func(*index, reporter) {
	return func(x *index, say reporter) {
		for _, f := range x.flaws[name] {
			say(f.at, f.args...)
		}
	}
}
