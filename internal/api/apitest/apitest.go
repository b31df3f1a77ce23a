// Package apitest is what tests of the clients of an API are written with: the mock as somebody who is signed in sees it,
// and a platform that answers by heart.
package apitest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Public is the public cloud.
func Public(t testing.TB) cloud.Cloud {
	t.Helper()
	public, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// SignedIn are the options of a client that asks the mock as whom c is signed in.
func SignedIn(c mocktest.Client) rest.Options {
	return rest.Options{Transport: c.Platform(), Credential: signedIn{c}, UserAgent: "test"}
}

type signedIn struct{ mocktest.Client }

func (s signedIn) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := s.TokenFor(strings.TrimSuffix(o.Scopes[0], "/.default"))
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

// Script is a platform that answers by heart: the first request gets the first answer, and so on.
type Script struct {
	// Answers are all that it knows.
	Answers []Answer
	// Seen are the requests so far, oldest first.
	Seen []Request

	t     testing.TB
	began time.Time
}

// Request is a request as it arrived.
type Request struct {
	// Line is the method and the path, Call the method and the whole address.
	Line, Call string
	// Header are the headers.
	Header http.Header
	// Body is the body.
	Body string
	// At is when it arrived, since the script began.
	At time.Duration
}

// Version is the api-version that was asked for.
func (r Request) Version() string {
	_, query, _ := strings.Cut(r.Call, "?")
	values, _ := url.ParseQuery(query)
	return values.Get("api-version")
}

// Answer is an answer by heart.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Body is the body.
	Body string
	// Header are names and values of headers, one after the other.
	Header []string
	// Err is what happens instead of an answer.
	Err error
	// Then is done before it answers.
	Then func()
}

// OK is a 200.
func OK(body string) Answer { return Answer{Status: http.StatusOK, Body: body} }

// Refused is an error in the form that most APIs have.
func Refused(status int, code string) Answer {
	return Answer{Status: status, Body: `{"error":{"code":"` + code + `","message":"No."}}`}
}

// Learn returns a script outside of Perform.
func Learn(t testing.TB, answers ...Answer) *Script {
	return &Script{t: t, began: time.Now(), Answers: answers}
}

// Perform runs f with an hour of virtual time, against answers that must all be asked for.
func Perform(t *testing.T, answers []Answer, f func(ctx context.Context, s *Script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := Learn(t, answers...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		f(ctx, s)
		if len(s.Seen) != len(answers) {
			t.Errorf("%d of %d answers were asked for: %s", len(s.Seen), len(answers), s.Lines())
		}
	})
}

// Do makes it a transport.
func (s *Script) Do(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	r := Request{Line: req.Method + " " + req.URL.Path, Call: req.Method + " " + req.URL.String(), Header: req.Header.Clone(), At: time.Since(s.began)}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			s.t.Error(err)
		}
		r.Body = string(body)
	}
	s.Seen = append(s.Seen, r)
	if len(s.Seen) > len(s.Answers) {
		s.t.Errorf("request %d was not expected: %s", len(s.Seen), r.Line)
		return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody, Request: req}, nil
	}
	one := s.Answers[len(s.Seen)-1]
	if one.Then != nil {
		one.Then()
	}
	if one.Err != nil {
		return nil, one.Err
	}
	h := http.Header{}
	for i := 0; i+1 < len(one.Header); i += 2 {
		h.Set(one.Header[i], one.Header[i+1])
	}
	return &http.Response{StatusCode: one.Status, Header: h, Body: io.NopCloser(strings.NewReader(one.Body)), Request: req}, nil
}

// Lines are the lines of the requests.
func (s *Script) Lines() string {
	var all []string
	for _, r := range s.Seen {
		all = append(all, r.Line)
	}
	return strings.Join(all, "\n")
}

// Methods are those of the requests in order, such as "GET PUT GET".
func (s *Script) Methods() string {
	var all []string
	for _, r := range s.Seen {
		method, _, _ := strings.Cut(r.Line, " ")
		all = append(all, method)
	}
	return strings.Join(all, " ")
}
