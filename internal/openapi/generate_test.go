package openapi

import (
	"fmt"
	"strings"
	"testing"
)

// Generate is a definition with so many operations, each of which returns an object of its own with so many properties.
func Generate(operations, properties int) string {
	var b strings.Builder
	b.WriteString(`{"swagger":"2.0","info":{"title":"Things","description":"Generated","version":"1.0"},"host":"things.contoso.com","basePath":"/v1","schemes":["https"],"paths":{`)
	for i := range operations {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/things%d/{id}":{"get":{"operationId":"GetThing%d","summary":"Get thing %d","parameters":[{"name":"id","in":"path","required":true,"type":"string","x-ms-summary":"ID"}],`+
			`"responses":{"200":{"description":"A thing","schema":{"$ref":"#/definitions/Thing%d"}}}}}`, i, i, i, i)
	}
	b.WriteString(`},"definitions":{`)
	for i := range operations {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"Thing%d":{"type":"object","properties":{`, i)
		for j := range properties {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"property%d":{"type":"string","description":"What property %d of thing %d is about","x-ms-summary":"Property %d"}`, j, j, i, j)
		}
		b.WriteString(`}}`)
	}
	b.WriteString(`},"securityDefinitions":{"api_key":{"type":"apiKey","in":"header","name":"X-Key"}},"security":[{"api_key":[]}]}`)
	return b.String()
}

const head = `{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"A","responses":{"200":{"description":"OK","schema":`

// wide is one response with so many properties.
func wide(n int) string {
	properties := make([]string, n)
	for i := range properties {
		properties[i] = fmt.Sprintf(`"p%d":{}`, i)
	}
	return head + `{"type":"object","properties":{` + strings.Join(properties, ",") + `}}}}}}}}`
}

// deep is one response of definitions that hold one another.
func deep(n int) string {
	definitions := make([]string, n)
	for i := range definitions {
		definitions[i] = fmt.Sprintf(`"D%d":{"type":"array","items":{"$ref":"#/definitions/D%d"}}`, i, i+1)
	}
	return head + `{"$ref":"#/definitions/D0"}}}}}},"definitions":{` + strings.Join(definitions, ",") + fmt.Sprintf(`,"D%d":{"type":"string"}}}`, n)
}

// nearLimit is close to 1 MB.
func nearLimit() string { return Generate(256, 31) }

func TestLargeDefinitionsHaveNoErrors(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ operations, properties int }{{2, 2}, {16, 4}, {64, 30}, {128, 10}, {256, 3}, {256, 31}, {1, 511}} {
		text := Generate(size.operations, size.properties)
		d := parse(t, text)
		if all := Errors(Check(d, Options{})); len(all) > 0 {
			t.Errorf("%v: %v", size, all)
		}
		if got := len(d.OperationIDs()); got != size.operations {
			t.Errorf("%v: %d operations", size, got)
		}
		if d.JSON() != text || !Equal(d, parse(t, d.Canonical())) {
			t.Errorf("%v does not survive a round trip", size)
		}
	}
	if n := len(nearLimit()); n < MaxSize*9/10 || n > MaxSize {
		t.Errorf("%d bytes are not near the limit", n)
	}
}

func BenchmarkParse(b *testing.B) {
	text := nearLimit()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		parse(b, text)
	}
}

func BenchmarkCanonical(b *testing.B) {
	d := parse(b, nearLimit())
	for b.Loop() {
		d.Canonical()
	}
}

func BenchmarkEqual(b *testing.B) {
	d, e := parse(b, nearLimit()), parse(b, nearLimit())
	for b.Loop() {
		if !Equal(d, e) {
			b.Fatal("not equal")
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	d := parse(b, nearLimit())
	for b.Loop() {
		Check(d, Options{})
	}
}

func BenchmarkParseYAML(b *testing.B) {
	var all strings.Builder
	all.WriteString("swagger: '2.0'\ninfo:\n  title: T\n  version: '1'\npaths: {}\ndefinitions:\n")
	for i := 0; all.Len() < MaxSize*9/10; i++ {
		fmt.Fprintf(&all, "  Thing%d:\n    type: object\n    properties:\n      name:\n        type: string\n        description: What the name of the thing is about\n", i)
	}
	b.SetBytes(int64(all.Len()))
	for b.Loop() {
		parse(b, all.String())
	}
}
