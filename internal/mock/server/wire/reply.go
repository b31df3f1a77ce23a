package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
)

// Reply is what a handler answers.
type Reply struct {
	// Status is the HTTP status; 0 is 200.
	Status int
	// Header are the headers of the answer; Content-Type is derived from Body unless set here.
	Header http.Header
	// Body is nil for no body, a string or []byte for a raw body (HTML unless Header says otherwise), a List, else
	// anything that encodes to JSON.
	Body any
}

// List is the body {"value": […]}, encoded item by item: a long list is in memory once, and as bytes only.
type List struct {
	// Next is the nextLink, "" for none.
	Next  string
	items [][]byte

	scratch []byte
}

// Add encodes one more item; a Doc may be changed afterwards.
func (l *List) Add(item any) (err error) {
	if l.scratch, err = appendJSON(l.scratch[:0], item); err != nil {
		return fmt.Errorf("item %d: %w", len(l.items), err)
	}
	l.items = append(l.items, bytes.Clone(l.scratch))
	return nil
}

func (l *List) encode() [][]byte {
	out := make([][]byte, 0, 2*len(l.items)+1)
	between := []byte(`{"value":[`)
	for _, item := range l.items {
		out = append(out, between, item)
		between = []byte(",")
	}
	end := []byte("]}")
	if l.Next != "" {
		link, _ := json.Marshal(l.Next) // a string
		end = append(append([]byte(`],"nextLink":`), link...), '}')
	}
	if len(l.items) == 0 {
		end = append([]byte(`{"value":[`), end...)
	}
	return append(out, end)
}

// JSON is a reply with a JSON body.
func JSON(status int, body any) Reply { return Reply{Status: status, Body: body} }

// Empty is a reply without a body.
func Empty(status int) Reply { return Reply{Status: status} }

// Fail is a refusal in the form that most APIs of the platform use: {"error":{"code","message"}}.
func Fail(status int, code, message string) Reply {
	return JSON(status, Doc{"error": Doc{"code": code, "message": message}})
}

// With returns the reply with one more header.
func (r Reply) With(header, value string) Reply {
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(header, value)
	r.Header = h
	return r
}

// Code is the status of the reply.
func (r Reply) Code() int {
	if r.Status == 0 {
		return http.StatusOK
	}
	return r.Status
}

const jsonType = "application/json; charset=utf-8"

// Encode returns the bytes of the body, in pieces, and its content type.
func (r Reply) Encode() (net.Buffers, string) {
	switch body := r.Body.(type) {
	case nil:
		return nil, ""
	case string:
		return net.Buffers{[]byte(body)}, "text/html; charset=utf-8"
	case []byte:
		return net.Buffers{body}, "application/octet-stream"
	case *List:
		return body.encode(), jsonType
	default:
		raw, err := encodeJSON(body)
		if err != nil {
			raw, _ = json.Marshal(Doc{"error": Doc{"code": "MockEncoding", "message": err.Error()}})
		}
		return net.Buffers{raw}, jsonType
	}
}
