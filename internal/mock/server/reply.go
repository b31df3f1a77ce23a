package server

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// Reply is what a handler answers.
type Reply struct {
	// Status is the HTTP status; 0 is 200.
	Status int
	// Header are the headers of the answer; Content-Type is derived from Body unless set here.
	Header http.Header
	// Body is nil for no body, a string or []byte for a raw body (HTML unless Header says otherwise), else anything that
	// encodes to JSON.
	Body any
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

func (r Reply) status() int {
	if r.Status == 0 {
		return http.StatusOK
	}
	return r.Status
}

// encode returns the bytes of the body and its content type.
func (r Reply) encode() ([]byte, string) {
	switch body := r.Body.(type) {
	case nil:
		return nil, ""
	case string:
		return []byte(body), "text/html; charset=utf-8"
	case []byte:
		return body, "application/octet-stream"
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			raw, _ = json.Marshal(Doc{"error": Doc{"code": "MockEncoding", "message": err.Error()}})
		}
		return raw, "application/json; charset=utf-8"
	}
}

func unauthorized(why string) Reply {
	quoted := strings.ReplaceAll(why, `"`, "'")
	return Fail(http.StatusUnauthorized, "InvalidAuthenticationToken", why).
		With("WWW-Authenticate", `Bearer authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="invalid_token", error_description="`+quoted+`"`)
}

// identify adds the request IDs that the platform puts on every answer.
func identify(request, answer http.Header) {
	correlation := request.Get("X-Ms-Correlation-Request-Id")
	if correlation == "" {
		correlation = request.Get("X-Correlation-Id")
	}
	if correlation == "" {
		correlation = uuid.NewString()
	}
	if answer.Get("X-Ms-Correlation-Request-Id") == "" {
		answer.Set("X-Ms-Correlation-Request-Id", correlation)
	}
	if answer.Get("X-Ms-Request-Id") == "" {
		answer.Set("X-Ms-Request-Id", uuid.NewString())
	}
}
