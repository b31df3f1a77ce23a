package dataverse

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// query is what a list of rows was asked for.
type query struct {
	conditions []condition
	columns    []string
	top        int // -1: all
}

type condition struct{ column, value string }

var (
	comparison = regexp.MustCompile(`^\(?\s*([A-Za-z_][A-Za-z0-9_]*)\s+eq\s+('(?:[^']|'')*'|[^\s'()]+)\s*\)?$`)
	and        = regexp.MustCompile(`(?i)\s+and\s+`)
)

// parse reads the options of a query; the messages are those of the Web API's OData library.
func parse(values url.Values, t table) (query, error) {
	q := query{top: -1}
	known := func(column string) error {
		if _, ok := t.rows[0][column]; !ok {
			return fault("Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'.", column, t.entity)
		}
		return nil
	}
	for name := range values {
		if strings.HasPrefix(name, "$") && !slices.Contains([]string{"$filter", "$select", "$top"}, name) {
			return q, fault("The query option '%s' is not supported here.", name)
		}
	}
	if text := strings.TrimSpace(values.Get("$filter")); text != "" {
		for _, part := range and.Split(text, -1) {
			m := comparison.FindStringSubmatch(strings.TrimSpace(part))
			if m == nil {
				return q, fault("Syntax error in the filter expression '%s'.", text)
			}
			if err := known(m[1]); err != nil {
				return q, err
			}
			value := m[2]
			if strings.HasPrefix(value, "'") {
				value = strings.ReplaceAll(value[1:len(value)-1], "''", "'")
			}
			q.conditions = append(q.conditions, condition{m[1], value})
		}
	}
	if text := values.Get("$select"); text != "" {
		for column := range strings.SplitSeq(text, ",") {
			column = strings.TrimSpace(column)
			if err := known(column); err != nil {
				return q, err
			}
			q.columns = append(q.columns, column)
		}
	}
	if text := values.Get("$top"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return q, fault("Invalid value '%s' for $top query option found.", text)
		}
		q.top = n
	}
	return q, nil
}

// matches compares without regard to case, as Dataverse does.
func (q query) matches(row server.Doc) bool {
	return !slices.ContainsFunc(q.conditions, func(c condition) bool { return !strings.EqualFold(literal(row[c.column]), c.value) })
}

func literal(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// project keeps the columns that were asked for, and the key, which always comes.
func (q query) project(row server.Doc, t table) server.Doc {
	if len(q.columns) == 0 {
		return row
	}
	out := server.Doc{}
	for _, column := range append([]string{t.entity + "id"}, q.columns...) {
		out[column] = row[column]
	}
	return out
}

// fault is an error whose text goes over the wire as it is.
func fault(format string, args ...any) error { return fmt.Errorf(format, args...) }
