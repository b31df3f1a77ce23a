package dataverse

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// sort is what a token is.
type sort int

const (
	end    sort = iota
	word        // a name, an operator, or a literal without quotes
	quoted      // a string, without its quotes
	mark        // one of ( ) , ; = / [ ]
)

// token is one element of a query option.
type token struct {
	sort sort
	text string
	at   int // where it begins
}

const marks = "(),;=/[]"

// lex cuts a query option into tokens.
func lex(text string) ([]token, error) {
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'':
			s, next, err := unquote(text, i)
			if err != nil {
				return nil, err
			}
			out = append(out, token{quoted, s, i})
			i = next
		case strings.IndexByte(marks, c) >= 0:
			out = append(out, token{mark, string(c), i})
			i++
		case wordy(c):
			start := i
			for i < len(text) && wordy(text[i]) {
				i++
			}
			out = append(out, token{word, text[start:i], start})
		default:
			return nil, fault("Syntax error: character '%s' is not valid at position %d in '%s'.", string(c), i, text)
		}
	}
	return out, nil
}

// wordy says which bytes names and literals are made of: those of GUIDs, numbers, dates, names, annotations, aliases.
func wordy(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 || strings.IndexByte("_.:+-$@*", c) >= 0
}

// unquote reads a string in which a quote is written twice.
func unquote(text string, at int) (string, int, error) {
	var b strings.Builder
	for i := at + 1; i < len(text); i++ {
		if text[i] != '\'' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, fault("There is an unterminated string literal at position %d in '%s'.", at, text)
}

// fault is an error whose text goes over the wire as it is.
func fault(format string, args ...any) error { return fmt.Errorf(format, args...) }

// literal is a value in a query and the kind of column that it fits; null fits all.
type literal struct {
	value any
	kind  kind
	null  bool
}

// read tells what a token stands for; false if it is no literal.
func (t token) literal() (literal, bool) {
	if t.sort == quoted {
		return literal{value: t.text, kind: text}, true
	}
	if t.sort != word {
		return literal{}, false
	}
	switch t.text {
	case "null":
		return literal{null: true}, true
	case "true", "false":
		return literal{value: t.text == "true", kind: boolean}, true
	}
	if len(t.text) == 36 {
		if id, err := uuid.Parse(t.text); err == nil {
			return literal{value: id.String(), kind: guid}, true
		}
	}
	if at, ok := instant(t.text); ok {
		return literal{value: at, kind: moment}, true
	}
	if first := t.text[0]; first >= '0' && first <= '9' || first == '-' {
		if n, err := strconv.ParseFloat(t.text, 64); err == nil {
			return literal{value: n, kind: decimal}, true
		}
	}
	return literal{}, false
}

// instant reads a date or a point in time.
func instant(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// parser walks over tokens. Its methods leave it behind what they read.
type parser struct {
	tokens []token
	text   string // what the tokens were cut from, for messages
	at     int
	depth  int
}

func parserOf(text string) (*parser, error) {
	tokens, err := lex(text)
	return &parser{tokens: tokens, text: text}, err
}

func (p *parser) peek() token {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return token{sort: end, at: len(p.text)}
}

func (p *parser) next() token {
	t := p.peek()
	p.at++
	return t
}

// accept moves over a mark if it comes next.
func (p *parser) accept(text string) bool {
	if t := p.peek(); t.sort == mark && t.text == text {
		p.at++
		return true
	}
	return false
}

// keyword moves over a word if it comes next; operators are not a matter of case here.
func (p *parser) keyword(text string) bool {
	if t := p.peek(); t.sort == word && strings.EqualFold(t.text, text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) error {
	if p.accept(text) {
		return nil
	}
	return p.unexpected("'" + text + "' expected")
}

func (p *parser) unexpected(what string) error {
	return fault("Syntax error at position %d in '%s': %s.", p.peek().at, p.text, what)
}

// done fails if anything is left.
func (p *parser) done() error {
	if p.peek().sort == end {
		return nil
	}
	return p.unexpected("end of the expression expected")
}

// until takes the tokens before a mark that is in no brackets, and leaves the mark.
func (p *parser) until(stops string) *parser {
	start, open := p.at, 0
	for ; p.at < len(p.tokens); p.at++ {
		t := p.tokens[p.at]
		if t.sort != mark {
			continue
		}
		if open == 0 && strings.Contains(stops, t.text) {
			break
		}
		switch t.text {
		case "(":
			open++
		case ")":
			open--
		}
	}
	return &parser{tokens: p.tokens[start:p.at], text: p.text, depth: p.depth}
}

// deepest is how far expressions may be nested.
const deepest = 64

// deeper counts brackets, so that no text can make the parser run out of stack.
func (p *parser) deeper() error {
	if p.depth++; p.depth > deepest {
		return fault("The expression '%.40s…' is nested too deeply.", p.text)
	}
	return nil
}
